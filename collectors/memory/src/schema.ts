import type { Static, TSchema } from 'typebox'

const mebibytes = { type: 'integer', minimum: 0, unit: 'MiB' } as const

export const schema = {
  title: 'Memory',
  type: 'object',
  additionalProperties: false,
  required: ['total_mb', 'used_mb', 'available_mb', 'swap_total_mb', 'swap_used_mb'],
  properties: {
    total_mb: { ...mebibytes, title: 'Total', indexed: true },
    used_mb: { ...mebibytes, title: 'In use', description: 'total less available, as free prints it', volatile: true },
    available_mb: { ...mebibytes, title: 'Available', description: 'what programs can have without swapping', volatile: true },
    swap_total_mb: { ...mebibytes, title: 'Swap' },
    swap_used_mb: { ...mebibytes, title: 'Swap in use', volatile: true }
  }
} as const satisfies TSchema

/** What the memory collector tells, in MiB; null is unknown. */
export type MemoryFacts = Static<typeof schema>
