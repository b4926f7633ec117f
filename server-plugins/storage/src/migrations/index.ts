import type { MigrationObject } from '@mikro-orm/core'
import { Migration } from '@mikro-orm/migrations'
import type { ColumnTypes } from '../dialects/dialect.ts'
import { createInventory } from './001-inventory.ts'
import { factsByCollector } from './002-facts-by-collector.ts'
import { turns } from './003-turns.ts'
import { credentials } from './004-credentials.ts'
import { unverified } from './005-unverified.ts'
import { roomForFacts } from './006-room-for-facts.ts'

/** Every change of the schema, in order. A landed migration is never edited; the next change is the next file. */
const statements: readonly (readonly [name: string, statements: (columns: ColumnTypes) => string[]])[] = [
  ['001-inventory', createInventory],
  ['002-facts-by-collector', factsByCollector],
  ['003-turns', turns],
  ['004-credentials', credentials],
  ['005-unverified', unverified],
  ['006-room-for-facts', roomForFacts]
]

export const migrationNames: readonly string[] = statements.map(([name]) => name)

/** The migrations in the words of a database. */
export function migrationsFor (columns: ColumnTypes): MigrationObject[] {
  return statements.map(([name, make]) => ({
    name,
    class: class extends Migration {
      override up (): void {
        for (const statement of make(columns)) this.addSql(statement)
      }
    }
  }))
}
