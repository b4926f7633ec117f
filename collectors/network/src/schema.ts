import type { Static, TSchema } from 'typebox'

const addresses = { type: 'array', items: { type: 'string' } } as const

const interfaceSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['name', 'index', 'mac', 'ipv4', 'ipv6', 'up', 'virtual', 'passed_over'],
  properties: {
    name: { type: 'string', title: 'Name' },
    index: { type: ['integer', 'null'], minimum: 0, title: 'Index', description: 'the number that the system gave it' },
    mac: { type: ['string', 'null'], title: 'MAC' },
    ipv4: { ...addresses, title: 'IPv4' },
    ipv6: { ...addresses, title: 'IPv6' },
    up: { type: 'boolean', title: 'Up', description: 'switched on, with or without a cable' },
    virtual: { type: 'boolean', title: 'Virtual', description: 'made by software' },
    passed_over: { type: ['string', 'null'], title: 'Passed over', description: "why its MAC is no evidence of the machine's identity; nothing where it is" }
  }
} as const satisfies TSchema

export const schema = {
  title: 'Network',
  type: 'object',
  additionalProperties: false,
  required: ['primary_ipv4', 'physical_macs', 'interfaces', 'left_out', 'addresses_left_out'],
  properties: {
    primary_ipv4: { type: ['string', 'null'], title: 'Primary IPv4' },
    physical_macs: { type: 'array', items: { type: 'string' }, title: 'Physical MACs', description: 'what identifies the machine' },
    interfaces: { type: 'array', items: interfaceSchema, title: 'Interfaces' },
    left_out: { type: 'integer', minimum: 0, title: 'Interfaces left out', description: 'how many more there are' },
    addresses_left_out: { type: 'integer', minimum: 0, title: 'Addresses left out', description: 'how many more the listed interfaces hold' }
  }
} as const satisfies TSchema

/** One network interface, and why it was passed over for the machine id, if it was. */
export type InterfaceFacts = Static<typeof interfaceSchema>
/** What the network collector tells: interfaces, physical MACs and the primary IPv4. */
export type NetworkFacts = Static<typeof schema>
