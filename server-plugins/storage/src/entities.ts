import { defineEntity, p } from '@mikro-orm/core'

/**
 * One row a machine. The first thirteen columns are the original's, by name and meaning; null is legal where the value
 * may be unknown. What a report may hold at length is kept apart, in `machine_facts`, so that listings stay fast.
 */
export const Inventory = defineEntity({
  name: 'Inventory',
  tableName: 'inventory',
  properties: {
    machine_id: p.string().length(64).primary(),
    hostname: p.string().length(100),
    ip: p.string().length(45).nullable(),
    os: p.string().length(100),
    os_version: p.string().length(100).nullable(),
    cpu_percent: p.double().nullable(),
    memory_total_mb: p.bigint('number').nullable(),
    memory_used_mb: p.bigint('number').nullable(),
    computer_model: p.string().length(100).nullable(),
    computer_activation: p.datetime(3).nullable(),
    activation_days: p.integer().nullable(),
    created_at: p.datetime(3),
    updated_at: p.datetime(3).nullable(),
    last_seen: p.datetime(3),
    agent_version: p.string().length(64).nullable(),
    interval_s: p.double().nullable(),
    /** The newest report's id, and a digest of its body; null where it had none. */
    report_id: p.string().length(36).nullable(),
    report_digest: p.string().length(43).nullable(),
    /** How many collectors failed in the newest report; null where it told no facts, and `machine_facts` has no row. */
    failure_count: p.integer().nullable()
  }
})

/** The newest report's facts and failures, as JSON. */
export const MachineFacts = defineEntity({
  name: 'MachineFacts',
  tableName: 'machine_facts',
  properties: {
    machine_id: p.string().length(64).primary(),
    facts: p.json(),
    failures: p.json()
  }
})

/** The newest schema of each collector that agents told of. */
export const Collectors = defineEntity({
  name: 'Collectors',
  tableName: 'collectors',
  properties: {
    name: p.string().length(64).primary(),
    schema: p.json(),
    updated_at: p.datetime(3)
  }
})

export const entities = [Inventory, MachineFacts, Collectors]
