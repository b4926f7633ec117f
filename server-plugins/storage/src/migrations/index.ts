import { CreateInventory } from './001-inventory.ts'

/** Every change of the schema, in order. A landed migration is never edited; the next change is the next file. */
export const migrations = [
  { name: '001-inventory', class: CreateInventory }
]
