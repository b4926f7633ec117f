import { groupFields, machineItemSchema, machineStatuses, numberFields, sortKeys } from '@tatuscan/core'
import { Type } from 'typebox'

const filter = {
  q: Type.Optional(Type.String({ maxLength: 200, description: 'looked for in hostname, ip, os_version and machine_id; ASCII case is ignored' })),
  os: Type.Optional(Type.String({ maxLength: 100 })),
  os_version: Type.Optional(Type.String({ maxLength: 100, description: 'empty: unknown' })),
  status: Type.Optional(Type.Enum([...machineStatuses])),
  // How OpenAPI describes an open set of parameters: each is one of this object's properties.
  facts: Type.Optional(Type.Unsafe<Record<string, string>>({
    type: 'object',
    propertyNames: { pattern: '^facts\\.[a-z][a-z0-9_-]{0,63}(\\.[^.]+)+$' },
    additionalProperties: { type: 'string' },
    description: 'up to 50 of `facts.<collector>.<path>=value`, such as `facts.os.architecture=x86_64`: the machines whose fact reads so, or is a list that holds one that does; empty: unknown',
    examples: [{}] // the page to try it starts with this, and would make up parameters that are none
  })),
  except: Type.Optional(Type.Unsafe<Record<string, string>>({
    type: 'object',
    propertyNames: { pattern: `^not\\.(${groupFields.join('|')}|facts\\.[a-z][a-z0-9_-]{0,63}(\\.[^.]+)+)$` },
    additionalProperties: { type: 'string' },
    description: '`not.<os, os_version or a fact>=["text","text"]`, such as `not.os=["linux","windows"]`: the machines that read none of up to 100 texts, or whose fact is a list that holds another; `""` is what is unknown',
    examples: [{}]
  })),
  failing: Type.Optional(Type.String({ maxLength: 64, description: 'a collector that failed in the newest report; empty: any' })),
  duplicate: Type.Optional(Type.Enum(['true', 'false'], { description: 'whether two take turns in reporting under its id' })),
  created_since: Type.Optional(Type.String({ maxLength: 40, description: 'first seen then or later: ISO 8601, YYYY-MM-DD, DD/MM/YYYY, seconds since 1970' })),
  created_before: Type.Optional(Type.String({ maxLength: 40, description: 'first seen before that' })),
  ranges: Type.Optional(Type.Unsafe<Record<string, string>>({
    type: 'object',
    propertyNames: { pattern: `^(min|below)\\.(${numberFields.join('|')}|facts\\.[a-z][a-z0-9_-]{0,63}(\\.[^.]+)+)$` },
    additionalProperties: { type: 'string' },
    description: '`min.<number>=1` and `below.<number>=2`, such as `min.memory_total_mb=8192` or `below.facts.disk.free_mb=1024`: the machines whose number is the one or more, and less than the other; age is in months',
    examples: [{}]
  })),
  unknown: Type.Optional(Type.String({ maxLength: 2000, description: 'numbers with commas between, such as `age,memory_total_mb`: the machines of which they are unknown' }))
}

const order = {
  sort: Type.Optional(Type.String({
    maxLength: 300, default: 'hostname', description: `one of ${sortKeys.join(', ')}, or a fact: facts.<collector>.<path>, numbers by value before all else by its first 200 characters; unknown sorts last both ways`
  })),
  dir: Type.Optional(Type.Enum(['asc', 'desc'], { default: 'asc' }))
}

/** Parameters whose names begin so are looked at where they are read. */
const facts = { patternProperties: { '^(facts|min|below|not)\\.': Type.String() }, additionalProperties: false }

export const listQuery = Type.Object({
  ...filter,
  ...order,
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, description: 'at most so many; without it all that match are streamed' })),
  cursor: Type.Optional(Type.String({ maxLength: 4000, description: 'the `next_cursor` of the page before; without `limit` at most 1000 follow' })),
  include: Type.Optional(Type.String({ pattern: '^(facts|failures)(,(facts|failures))*$', description: 'facts, failures, or both with a comma' }))
}, facts)

export const csvQuery = Type.Object({
  ...filter,
  ...order,
  fields: Type.Optional(Type.String({
    description: "the columns in their order, such as `hostname,ip,facts.os.architecture`: an item's fields, and `facts.<collector>.<path>`; without it the fields that every item has"
  }))
}, facts)

export const listAnswer = Type.Object({
  items: Type.Array(Type.Unsafe(machineItemSchema)),
  count: Type.Integer({ description: 'how many machines match, whatever the page holds' }),
  next_cursor: Type.Optional(Type.String({ description: 'where there is more' }))
}, { description: 'the machines that match' })

export const csvAnswer = {
  description: 'the machines that match, as RFC 4180 has it; the first line names the columns',
  content: { 'text/csv': { schema: Type.String() } },
  headers: { 'Content-Disposition': { type: 'string', description: 'a name for the file' } }
}

export const machineAnswer = { ...machineItemSchema, description: 'the machine, with facts and failures' } as const

export const machineParams = Type.Object({ id: Type.String({ description: 'machine_id' }) })

// Types as lists rather than unions, of which each alternative would be told as an error of its own.
export const changesBody = Type.Object({
  computer_model: Type.Optional(Type.Unsafe<string | null>({ type: ['string', 'null'], maxLength: 100 })),
  computer_activation: Type.Optional(Type.Unsafe<string | number | null>({
    type: ['string', 'number', 'null'], description: 'ISO 8601, YYYY-MM-DD, DD/MM/YYYY, seconds since 1970; null or empty: unknown'
  })),
  activation_days: Type.Optional(Type.Unsafe<number | null>({ type: ['integer', 'null'], minimum: -2_147_483_648, maximum: 2_147_483_647 }))
})

export const messageAnswer = Type.Object({ message: Type.String() }, { description: 'done' })

export const collectorsAnswer = Type.Object({
  items: Type.Array(Type.Object({
    name: Type.String(),
    schema: Type.Object({}, { additionalProperties: true, description: 'the newest JSON Schema that an agent sent' }),
    updated_at: Type.String({ description: 'ISO 8601 with offset' })
  })),
  count: Type.Integer()
}, { description: 'the collectors that agents told of, by name' })

const status = { status: Type.Enum(['healthy', 'unhealthy']) }
export const healthAnswer = Type.Object(status, { description: 'the database answers' })
export const unhealthyAnswer = Type.Object(status, { description: 'the database does not answer' })
