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
export function machineItem (machine: Machine, timeZone: string): object {
  const { clock_offset_s: offset, last_seen: lastSeen, updated_at: updated } = machine
  const seen = formatInstant(lastSeen, timeZone)
  const item: Record<string, unknown> = { // by name, and no spread: this is done for every report
    machine_id: machine.machine_id,
    hostname: machine.hostname,
    ip: machine.ip,
    os: machine.os,
    os_version: machine.os_version,
    cpu_percent: machine.cpu_percent,
    memory_total_mb: machine.memory_total_mb,
    memory_used_mb: machine.memory_used_mb,
    computer_model: machine.computer_model,
    computer_activation: machine.computer_activation === null ? null : formatInstant(machine.computer_activation, timeZone),
    activation_days: machine.activation_days,
    created_at: formatInstant(machine.created_at, timeZone),
    updated_at: updated === null ? null : updated.getTime() === lastSeen.getTime() ? seen : formatInstant(updated, timeZone),
    last_seen: seen,
    agent_version: machine.agent_version,
    status: machine.status
  }
  if (machine.facts !== undefined) item.facts = machine.facts
  if (machine.failures !== undefined) item.failures = machine.failures
  if (offset !== null && Math.abs(offset) > clockTolerance) item.clock_offset_s = offset
  if (machine.duplicate !== null) item.duplicate = machine.duplicate
  if (machine.unverified) item.unverified = true
  return item
}
