import type { Static, TSchema } from 'typebox'

const cores = { type: ['integer', 'null'], minimum: 1 } as const
const load = { type: ['number', 'null'], minimum: 0, volatile: true } as const

export const schema = {
  title: 'Processor',
  type: 'object',
  additionalProperties: false,
  required: ['model', 'physical_cores', 'logical_cores', 'percent', 'load_1', 'load_5', 'load_15'],
  properties: {
    model: { type: ['string', 'null'], title: 'Model', indexed: true },
    physical_cores: { ...cores, title: 'Cores', indexed: true },
    logical_cores: { ...cores, title: 'Logical cores', description: 'threads that run at once', indexed: true },
    percent: { type: ['number', 'null'], minimum: 0, maximum: 100, unit: '%', title: 'In use', description: 'of all cores, since the last report', volatile: true },
    load_1: { ...load, title: 'Load, 1 minute' },
    load_5: { ...load, title: 'Load, 5 minutes' },
    load_15: { ...load, title: 'Load, 15 minutes' }
  }
} as const satisfies TSchema

/** What the cpu collector tells: model, cores and use; null is unknown. */
export type CpuFacts = Static<typeof schema>
