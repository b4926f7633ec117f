import type { ColumnTypes } from '../dialects/dialect.ts'

/** Who may do what. Instants are milliseconds since 1970; of secrets there are hashes alone. */
export function credentials ({ machineId, text, table }: ColumnTypes): string[] {
  return [
    `create table tatuscan_users (
      name ${text(64)} not null primary key,
      role ${text(16)} not null,
      password ${text(255)} not null,
      created_at bigint not null,
      last_login_at bigint null
    )${table}`,
    `create table tatuscan_sessions (
      hash ${text(64)} not null primary key,
      user_name ${text(64)} not null,
      created_at bigint not null,
      expires_at bigint not null
    )${table}`,
    `create table tatuscan_tokens (
      id ${text(32)} not null primary key,
      name ${text(100)} not null,
      role ${text(16)} not null,
      hash ${text(64)} not null,
      created_at bigint not null,
      last_used_at bigint null,
      expires_at bigint null
    )${table}`,
    'create unique index tatuscan_tokens_hash on tatuscan_tokens (hash)',
    `create table tatuscan_agent_keys (
      hash ${text(64)} not null primary key,
      machine_id ${machineId} not null,
      created_at bigint not null,
      last_used_at bigint null,
      expires_at bigint null,
      released_at bigint null,
      taken_over_at bigint null
    )${table}`,
    'create index tatuscan_agent_keys_machine on tatuscan_agent_keys (machine_id)',
    `create table tatuscan_credential_clock (seq bigint not null)${table}`,
    'insert into tatuscan_credential_clock (seq) values (0)'
  ]
}
