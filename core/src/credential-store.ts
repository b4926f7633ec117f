/** What a person may do: viewers read, admins change too. */
export const personRoles = ['viewer', 'admin'] as const
/** What a person may do: `viewer` reads, `admin` also changes. */
export type PersonRole = typeof personRoles[number]

/** What the bearer of a token may do: as a person of that role, or enrol machines and nothing else. */
export const tokenRoles = ['viewer', 'admin', 'enrol'] as const
/** What the bearer of a token may do. */
export type TokenRole = typeof tokenRoles[number]

/** A person who may log in. */
export interface User {
  readonly name: string
  readonly role: PersonRole
  readonly created_at: Date
  /** Null: never yet. */
  readonly last_login_at: Date | null
}

/** Somebody who is logged in, until `expires_at`. */
export interface Session {
  readonly user: string
  readonly role: PersonRole
  readonly created_at: Date
  readonly expires_at: Date
}

/** A token for scripts; the token itself is nowhere kept. */
export interface ApiToken {
  readonly id: string
  readonly name: string
  readonly role: TokenRole
  readonly created_at: Date
  /** To five minutes; null: never yet. */
  readonly last_used_at: Date | null
  /** Null: holds until it is revoked. */
  readonly expires_at: Date | null
}

/** What a machine reports with; the key itself is nowhere kept. */
export interface AgentKey {
  readonly machine_id: string
  readonly created_at: Date
  /** To five minutes; null: never yet. */
  readonly last_used_at: Date | null
  /** When it ends, since a newer one has taken its place; null: holds until it is revoked. */
  readonly expires_at: Date | null
  /** When an admin let another agent take this machine over; null: nobody did. */
  readonly released_at: Date | null
  /** When this key took the place of another agent's; null: it was the machine's first. */
  readonly taken_over_at: Date | null
}

/** What became of an agent's wish to report as a machine. */
export type Enrolment = 'enrolled' | 'taken-over' | 'in-use'

/** What became of the wish to remove a person. */
export type Removal = 'removed' | 'unknown' | 'last-admin'

/**
 * Where it is kept who may do what: what a server finds as `app.credentials`. It holds hashes and never a secret: who
 * calls makes both. What it answers holds as of the call for its own changes, and within 2 seconds for another server's.
 * A method rejects with TATUSCAN_STORE_UNAVAILABLE where the database can't be reached.
 */
export interface CredentialStore {
  /**
   * A number that is another one after every change of who may do what: as long as it stays, who was found may be
   * remembered. Undefined where nobody knows without waiting; a store without it is asked each time.
   */
  epoch? (): number | undefined

  /** By name. */
  users (): Promise<User[]>
  /** The hash of a person's password; undefined: no such person. */
  passwordOf (name: string): Promise<string | undefined>
  /** False: the name is taken, or, where it has to be the first admin, there is one. */
  addUser (user: { readonly name: string, readonly role: PersonRole, readonly password: string }, options?: { readonly first?: boolean }): Promise<boolean>
  /** Gives a person another password, by its hash, and ends all their sessions. False: no such person. */
  setPassword (name: string, password: string): Promise<boolean>
  /** With all sessions. The last admin stays, however many are removed at once. */
  removeUser (name: string): Promise<Removal>

  /**
   * Begins a session, and lets go of those that have expired. False: there is no such person any more, or `password`, the
   * hash that what they gave was compared with, is theirs no more.
   */
  openSession (session: { readonly hash: string, readonly user: string, readonly password: string, readonly expires_at: Date }): Promise<boolean>
  /** Undefined: there is none, or it has expired. */
  findSession (hash: string): Promise<Session | undefined>
  /** False: there was none. */
  closeSession (hash: string): Promise<boolean>

  /** By the time they were made. */
  tokens (): Promise<ApiToken[]>
  addToken (token: { readonly id: string, readonly name: string, readonly role: TokenRole, readonly hash: string, readonly expires_at?: Date | null }): Promise<void>
  /** Undefined: there is none, or it has expired. What finds it counts as its use. */
  findToken (hash: string): Promise<ApiToken | undefined>
  /** False: no such token. */
  removeToken (id: string): Promise<boolean>

  /** A machine's keys, the newest first. */
  keysOf (machineId: string): Promise<AgentKey[]>
  /** Whether the machine has a key; no use of any. */
  isEnrolled (machineId: string): Promise<boolean>
  /**
   * Undefined: there is none, or it has expired. What finds it counts as its use, and the first use of one that replaces
   * another ends that one, `graceMs` later. @default 0
   */
  findKey (hash: string, options?: { readonly graceMs?: number }): Promise<AgentKey | undefined>
  /**
   * Gives a machine a key. `in-use`: its key was used since `quietSince` and nobody has released it; nothing changed.
   * `taken-over`: it had one that was used, which is dead now. One that was never used is replaced: who asked for it may
   * not have got it.
   */
  enrol (key: { readonly hash: string, readonly machine_id: string, readonly quietSince: Date }): Promise<Enrolment>
  /**
   * Makes a key that replaces one once it is used; until then that one holds, and can be asked with again. False: there is
   * no such key, or another has replaced it.
   */
  rotateKey (rotation: { readonly hash: string, readonly next: string }): Promise<boolean>
  /** Lets another agent take a machine over; until it does the key holds. False: the machine has none. */
  releaseKey (machineId: string): Promise<boolean>
  /** Kills a machine's keys. False: it had none. */
  removeKeys (machineId: string): Promise<boolean>
}
