import type { AgentKey, ApiToken, PersonRole, Session, TokenRole, User } from '@tatuscan/core'

/** Instants are milliseconds since 1970. */
export interface UserRow { name: string, role: PersonRole, password: string, created_at: number, last_login_at: number | null }
export interface SessionRow { hash: string, user_name: string, created_at: number, expires_at: number }
export interface TokenRow { id: string, name: string, role: TokenRole, hash: string, created_at: number, last_used_at: number | null, expires_at: number | null }
export interface KeyRow {
  hash: string
  machine_id: string
  created_at: number
  last_used_at: number | null
  expires_at: number | null
  released_at: number | null
  taken_over_at: number | null
}

export interface CredentialTables {
  tatuscan_users: UserRow
  tatuscan_sessions: SessionRow
  tatuscan_tokens: TokenRow
  tatuscan_agent_keys: KeyRow
  tatuscan_credential_clock: { seq: number }
}

export function userOf ({ name, role, created_at, last_login_at }: Omit<UserRow, 'password'>): User {
  return { name, role, created_at: new Date(created_at), last_login_at: instant(last_login_at) }
}

export function sessionOf ({ user_name: user, role, created_at, expires_at }: Omit<SessionRow, 'hash'> & { role: PersonRole }): Session {
  return { user, role, created_at: new Date(created_at), expires_at: new Date(expires_at) }
}

export function tokenOf ({ id, name, role, created_at, last_used_at, expires_at }: TokenRow): ApiToken {
  return { id, name, role, created_at: new Date(created_at), last_used_at: instant(last_used_at), expires_at: instant(expires_at) }
}

export function keyOf ({ machine_id, created_at, last_used_at, expires_at, released_at, taken_over_at }: KeyRow): AgentKey {
  return {
    machine_id,
    created_at: new Date(created_at),
    last_used_at: instant(last_used_at),
    expires_at: instant(expires_at),
    released_at: instant(released_at),
    taken_over_at: instant(taken_over_at)
  }
}

function instant (milliseconds: number | null): Date | null {
  return milliseconds === null ? null : new Date(milliseconds)
}
