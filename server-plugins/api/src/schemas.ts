import { machineItemSchema, machineStatuses, sortKeys } from '@tatuscan/core'
import { Type } from 'typebox'

const filter = {
  q: Type.Optional(Type.String({ maxLength: 200, description: 'looked for in hostname, ip, os_version and machine_id; ASCII case is ignored' })),
  os: Type.Optional(Type.String({ maxLength: 100 })),
  os_version: Type.Optional(Type.String({ maxLength: 100, description: 'empty: unknown' })),
  status: Type.Optional(Type.Enum([...machineStatuses]))
}

export const listQuery = Type.Object({
  ...filter,
  // not Integer, to which 1.5 would be converted as 1
  limit: Type.Optional(Type.Number({ multipleOf: 1, minimum: 1, maximum: 1000, description: 'without it all that match are streamed' })),
  cursor: Type.Optional(Type.String({ maxLength: 2000, description: 'the next_cursor of the page before' })),
  sort: Type.Optional(Type.Enum([...sortKeys], { default: 'hostname' })),
  dir: Type.Optional(Type.Enum(['asc', 'desc'], { default: 'asc' })),
  include: Type.Optional(Type.String({ pattern: '^(facts|failures)(,(facts|failures))*$', description: 'facts, failures, or both with a comma' }))
}, { additionalProperties: false })

export const listAnswer = Type.Object({
  items: Type.Array(Type.Unsafe(machineItemSchema)),
  count: Type.Integer({ description: 'how many machines match, whatever the page holds' }),
  next_cursor: Type.Optional(Type.String({ description: 'where there is more' }))
})

export const machineParams = Type.Object({ id: Type.String({ description: 'machine_id' }) })

export const changesBody = Type.Object({
  computer_model: Type.Optional(Type.Union([Type.String({ maxLength: 100, pattern: '^[^\\u0000]*$' }), Type.Null()])),
  computer_activation: Type.Optional(Type.Union([Type.String(), Type.Number(), Type.Null()], {
    description: 'ISO 8601, YYYY-MM-DD, DD/MM/YYYY, seconds since 1970; null or empty: unknown'
  })),
  activation_days: Type.Optional(Type.Union([Type.Integer({ minimum: -2_147_483_648, maximum: 2_147_483_647 }), Type.Null()]))
})

export const messageAnswer = Type.Object({ message: Type.String() })

export const collectorsAnswer = Type.Object({
  items: Type.Array(Type.Object({
    name: Type.String(),
    schema: Type.Object({}, { additionalProperties: true, description: 'the newest JSON Schema that an agent sent' }),
    updated_at: Type.String({ description: 'ISO 8601 with offset' })
  })),
  count: Type.Integer()
})

export const healthAnswer = Type.Object({ status: Type.Enum(['healthy', 'unhealthy']) })
