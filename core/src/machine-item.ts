import type { TSchema } from 'typebox'
import { machineStatuses, type Machine } from './machine-store.ts'
import { formatInstant } from './zoned-time.ts'

const text = { type: 'string' } as const
const optionalText = { type: ['string', 'null'] } as const
const optionalNumber = { type: ['number', 'null'] } as const
const instant = { type: 'string', description: 'ISO 8601 with offset' } as const
const optionalInstant = { type: ['string', 'null'], description: 'ISO 8601 with offset' } as const

/** A machine as the HTTP API answers it. */
export const machineItemSchema = {
  title: 'Machine',
  type: 'object',
  required: [
    'machine_id', 'hostname', 'ip', 'os', 'os_version', 'cpu_percent', 'memory_total_mb', 'memory_used_mb', 'computer_model',
    'computer_activation', 'activation_days', 'created_at', 'updated_at', 'last_seen', 'status', 'agent_version'
  ],
  properties: {
    machine_id: text,
    hostname: text,
    ip: optionalText,
    os: text,
    os_version: optionalText,
    cpu_percent: optionalNumber,
    memory_total_mb: optionalNumber,
    memory_used_mb: optionalNumber,
    computer_model: optionalText,
    computer_activation: optionalInstant,
    activation_days: optionalNumber,
    created_at: instant,
    updated_at: optionalInstant,
    last_seen: instant,
    status: { type: 'string', enum: machineStatuses },
    agent_version: optionalText,
    clock_offset_s: { type: 'number', title: "How far the agent's clock is ahead of the server's", description: 'told where it is more than 5 minutes either way', unit: 's' },
    duplicate: { type: 'array', items: text, title: 'Two machines under one id', description: 'told where two take turns in reporting, each as hostname (ip)' },
    unverified: { type: 'boolean', title: 'Reported without a key', description: 'told, as true, where a client of the original reported last' },
    facts: { type: 'object', additionalProperties: true },
    failures: { type: 'array', items: { type: 'object', additionalProperties: true } }
  }
} as const satisfies TSchema

/** How far an agent's clock may be off, in seconds, before that is told. */
export const clockTolerance = 300

/** Shapes a machine for the HTTP API: its instants become text with the offset of a time zone. */
export function machineItem ({ interval_s: _, clock_offset_s: offset, duplicate, unverified, ...machine }: Machine, timeZone: string): object {
  const zoned = (instant: Date | null) => instant === null ? null : formatInstant(instant, timeZone)
  return {
    ...machine,
    computer_activation: zoned(machine.computer_activation),
    created_at: zoned(machine.created_at),
    updated_at: zoned(machine.updated_at),
    last_seen: zoned(machine.last_seen),
    ...offset !== null && Math.abs(offset) > clockTolerance && { clock_offset_s: offset },
    ...duplicate !== null && { duplicate },
    ...unverified && { unverified }
  }
}
