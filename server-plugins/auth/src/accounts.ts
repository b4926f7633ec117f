import { randomBytes } from 'node:crypto'
import { personRoles, TatuScanError, tokenRoles, type CredentialStore, type PersonRole, type TokenRole } from '@tatuscan/core'
import { checkPassword, hashPassword } from './passwords.ts'
import { hashSecret, makeSecret, prefixes } from './secrets.ts'

/** A person to add. */
export interface NewUser {
  readonly name: string
  readonly role: PersonRole
  readonly password: string
}

/** A token to make. */
export interface NewToken {
  readonly name?: string
  readonly role: TokenRole
  /** Days until it expires; without it holds until it is revoked. */
  readonly days?: number
}

/** People and tokens, as an administrator manages them. */
export interface Accounts {
  /** @throws {TatuScanError} TATUSCAN_INVALID_REQUEST where name, role or password won't do, or the name is taken */
  addUser (user: NewUser): Promise<void>
  /** Adds the first admin, and gives the hash of their password; undefined where there is one, or somebody of that name. */
  addFirstAdmin (user: Omit<NewUser, 'role'>): Promise<string | undefined>
  /** Ends all sessions of theirs. @throws {TatuScanError} TATUSCAN_NOT_FOUND; TATUSCAN_INVALID_REQUEST where the password won't do */
  setPassword (name: string, password: string): Promise<void>
  /** @throws {TatuScanError} TATUSCAN_NOT_FOUND; TATUSCAN_INVALID_REQUEST for the last admin */
  removeUser (name: string): Promise<void>
  /** The token itself is told once, here. */
  createToken (token: NewToken): Promise<{ readonly id: string, readonly token: string }>
  /** @throws {TatuScanError} TATUSCAN_NOT_FOUND */
  revokeToken (id: string): Promise<void>
}

/** Neither `.` nor `..`, which mean something else in an address. */
const namePattern = /^(?!\.{1,2}$)[\p{L}\p{M}\p{N}._@+-]{1,64}$/u

/** A name in the one form in which it is kept. @throws {TatuScanError} TATUSCAN_INVALID_REQUEST */
export function readName (given: string): string {
  const name = given.trim().normalize('NFC')
  if (!namePattern.test(name)) throw invalid('/name', 'must have 1 to 64 letters, digits and . _ @ + -, and more than one or two dots')
  return name
}

/** People and tokens, made of what a person gives and kept as hashes. */
export function createAccounts (credentials: CredentialStore): Accounts {
  async function hashed ({ name, password }: Omit<NewUser, 'role'>) {
    const checked = readName(name)
    checkPassword(password)
    return { name: checked, password: await hashPassword(password) }
  }
  return {
    async addUser ({ role, ...user }) {
      if (!personRoles.includes(role)) throw invalid('/role', `must be one of ${personRoles.join(', ')}`)
      if (!await credentials.addUser({ ...await hashed(user), role })) throw invalid('/name', 'is taken')
    },
    async addFirstAdmin (user) {
      const made = await hashed(user)
      return await credentials.addUser({ ...made, role: 'admin' }, { first: true }) ? made.password : undefined
    },
    async setPassword (name, password) {
      checkPassword(password)
      if (!await credentials.setPassword(name.normalize('NFC'), await hashPassword(password))) throw nobody(name)
    },
    async removeUser (name) {
      const outcome = await credentials.removeUser(name)
      if (outcome === 'last-admin') throw invalid('/name', 'is the last admin, who stays: add another first')
      if (outcome === 'unknown') throw nobody(name)
    },
    async createToken ({ name = '', role, days }) {
      if (!tokenRoles.includes(role)) throw invalid('/role', `must be one of ${tokenRoles.join(', ')}`)
      if (days !== undefined && !(days > 0 && days <= 36_500)) throw invalid('/days', 'must be more than 0 and at most 36500')
      const id = randomBytes(6).toString('hex')
      const token = makeSecret(prefixes.token)
      const expires_at = days === undefined ? null : new Date(Date.now() + days * 86_400_000)
      await credentials.addToken({ id, name: Array.from(name).slice(0, 100).join(''), role, hash: hashSecret(token), expires_at })
      return { id, token }
    },
    async revokeToken (id) {
      if (!await credentials.removeToken(id)) throw new TatuScanError('TATUSCAN_NOT_FOUND', `there is no token ${id}`)
    }
  }
}

function nobody (name: string): TatuScanError {
  return new TatuScanError('TATUSCAN_NOT_FOUND', `there is nobody called ${name}`)
}

function invalid (path: string, message: string): TatuScanError {
  return new TatuScanError('TATUSCAN_INVALID_REQUEST', `the request is not valid: ${path} ${message}`, { details: [{ path, message }] })
}
