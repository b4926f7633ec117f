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
    /** The newest report's failures, as JSON; null where there are none. */
    failures: p.text().nullable(),
    /** A digest of each collector's facts, by which those that did not change are not written again; null where it told none. */
    fact_digests: p.text().nullable(),
    /** How far the agent's clock was ahead of the server's, in seconds. */
    clock_offset_s: p.double().nullable(),
    /** Who else reports under this id, as JSON; null where nobody does. */
    turns: p.text().nullable(),
    /** 1 where a client without a key reported last; null elsewhere. */
    unverified: p.integer().nullable()
  }
})

/** One collector's facts of a machine, in its newest report, as JSON. */
export const MachineFacts = defineEntity({
  name: 'MachineFacts',
  tableName: 'machine_facts',
  properties: {
    collector: p.string().length(64).primary(),
    machine_id: p.string().length(64).primary(),
    facts: p.text()
  }
})

/** The newest schema of each collector that agents told of. */
export const Collectors = defineEntity({
  name: 'Collectors',
  tableName: 'collectors',
  properties: {
    name: p.string().length(64).primary(),
    json_schema: p.text(),
    updated_at: p.datetime(3)
  }
})

/** One row, which every transaction that writes counts up: so they go one after another, whichever server they are of. */
export const MachineClock = defineEntity({
  name: 'MachineClock',
  tableName: 'machine_clock',
  properties: { seq: p.bigint('number').primary() }
})

/** Which machines a transaction touched, by which each server knows what the others have written. */
export const MachineChanges = defineEntity({
  name: 'MachineChanges',
  tableName: 'machine_changes',
  properties: { seq: p.bigint('number').primary(), machine_ids: p.text() }
})

/** A person who may log in; `password` is its hash. */
export const Users = defineEntity({
  name: 'Users',
  tableName: 'tatuscan_users',
  properties: {
    name: p.string().length(64).primary(),
    role: p.string().length(16),
    password: p.string().length(255),
    created_at: p.bigint('number'),
    last_login_at: p.bigint('number').nullable()
  }
})

/** Somebody who is logged in. */
export const Sessions = defineEntity({
  name: 'Sessions',
  tableName: 'tatuscan_sessions',
  properties: {
    hash: p.string().length(64).primary(),
    user_name: p.string().length(64),
    created_at: p.bigint('number'),
    expires_at: p.bigint('number')
  }
})

/** A script's token. */
export const Tokens = defineEntity({
  name: 'Tokens',
  tableName: 'tatuscan_tokens',
  properties: {
    id: p.string().length(32).primary(),
    name: p.string().length(100),
    role: p.string().length(16),
    hash: p.string().length(64),
    created_at: p.bigint('number'),
    last_used_at: p.bigint('number').nullable(),
    expires_at: p.bigint('number').nullable()
  }
})

/** What a machine reports with; one that was rotated stays for its grace. */
export const AgentKeys = defineEntity({
  name: 'AgentKeys',
  tableName: 'tatuscan_agent_keys',
  properties: {
    hash: p.string().length(64).primary(),
    machine_id: p.string().length(64),
    created_at: p.bigint('number'),
    last_used_at: p.bigint('number').nullable(),
    expires_at: p.bigint('number').nullable(),
    released_at: p.bigint('number').nullable(),
    taken_over_at: p.bigint('number').nullable()
  }
})

/** One row, which every change of who may do what counts up: by it each server knows that another's has come. */
export const CredentialClock = defineEntity({
  name: 'CredentialClock',
  tableName: 'tatuscan_credential_clock',
  properties: { seq: p.bigint('number').primary() }
})

export const entities = [Inventory, MachineFacts, Collectors, MachineClock, MachineChanges, Users, Sessions, Tokens, AgentKeys, CredentialClock]
