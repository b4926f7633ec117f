import type { ColumnTypes } from '../dialects/dialect.ts'

/** The tables of version 0.1. */
export function createInventory ({ machineId, text, long, double, instant, table, room, quote, json }: ColumnTypes): string[] {
  return [
    `create table inventory (
      machine_id ${machineId} not null primary key,
      hostname ${text(100)} not null,
      ip ${text(45)} null,
      os ${text(100)} not null,
      os_version ${text(100)} null,
      cpu_percent ${double} null,
      memory_total_mb bigint null,
      memory_used_mb bigint null,
      computer_model ${text(100)} null,
      computer_activation ${instant} null,
      activation_days integer null,
      created_at ${instant} not null,
      updated_at ${instant} null,
      last_seen ${instant} not null,
      agent_version ${text(64)} null,
      interval_s ${double} null,
      report_id ${text(36)} null,
      report_digest ${text(43)} null,
      failure_count integer null
    )${room === undefined ? '' : ` with (${room})`}${table}`,
    'create index inventory_hostname on inventory (hostname, machine_id)',
    ...json ? ['create index inventory_created_at on inventory (created_at, machine_id)'] : [],
    `create table machine_facts (
      machine_id ${machineId} not null primary key,
      facts ${long} not null,
      failures ${long} not null
    )${table}`,
    `create table collectors (
      name ${text(64)} not null primary key,
      ${quote('schema')} ${long} not null,
      updated_at ${instant} not null
    )${table}`
  ]
}
