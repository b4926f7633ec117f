import { TatuScanError, type ApiToken, type PersonRole, type TokenRole, type User } from '@tatuscan/core'
import { isLoopback } from '../loopback.ts'
import type { Client } from '../machines/client.ts'

type Told<Value> = { readonly [Key in keyof Value]: Value[Key] extends Date ? string : Value[Key] extends Date | null ? string | null : Value[Key] }

/** A person, and a token, as the API tells them: times are ISO 8601 in UTC. */
export type UserItem = Told<User>
export type TokenItem = Told<ApiToken>

/** Where it is kept who may do what: a server, or the database itself. */
export interface Directory {
  users (): Promise<UserItem[]>
  addUser (user: { readonly name: string, readonly role: PersonRole, readonly password: string }): Promise<void>
  setPassword (name: string, password: string): Promise<void>
  removeUser (name: string): Promise<void>
  tokens (): Promise<TokenItem[]>
  createToken (token: { readonly role: TokenRole, readonly name?: string, readonly days?: number }): Promise<{ readonly id: string, readonly token: string }>
  revokeToken (id: string): Promise<void>
  close (): Promise<void>
}

/** Over the API, for which an admin's token is needed. */
export function overApi (client: Client): Directory {
  return {
    users: async () => await client.list('api/users'),
    addUser: async (user) => { await client.json('POST', 'api/users', user) },
    setPassword: async (name, password) => { await client.json('PATCH', `api/users/${encodeURIComponent(name)}`, { password }) },
    removeUser: async (name) => { await client.json('DELETE', `api/users/${encodeURIComponent(name)}`) },
    tokens: async () => await client.list('api/tokens'),
    createToken: async (token) => await client.json('POST', 'api/tokens', token),
    revokeToken: async (id) => { await client.json('DELETE', `api/tokens/${encodeURIComponent(id)}`) },
    close: async () => client.close()
  }
}

/** Whether a server is this machine's own, so that its database may be here. */
export function isHere (url: string): boolean {
  return URL.canParse(url) && isLoopback(new URL(url).hostname)
}

/**
 * On the database itself, as nobody can have a token yet.
 *
 * @param force also where people have logged in
 * @throws {TatuScanError} TATUSCAN_INVALID_OPTION where people have logged in: whoever asks has to say who they are
 */
export async function onDatabase (databaseUrl: string, { force }: { force: boolean }): Promise<Directory> {
  const { openCredentials } = await import('./open-credentials.ts')
  const { credentials, accounts, close } = await openCredentials(databaseUrl)
  const told = <Item>(values: readonly object[]): Item[] => JSON.parse(JSON.stringify(values)) as Item[]
  const directory: Directory = {
    users: async () => told(await credentials.users()),
    addUser: async (user) => await accounts.addUser(user),
    setPassword: async (name, password) => await accounts.setPassword(name, password),
    removeUser: async (name) => await accounts.removeUser(name),
    tokens: async () => told(await credentials.tokens()),
    createToken: async (token) => await accounts.createToken(token),
    revokeToken: async (id) => await accounts.revokeToken(id),
    close
  }
  if (force || (await credentials.users()).every(({ last_login_at: login }) => login === null)) return directory
  await close()
  throw new TatuScanError('TATUSCAN_INVALID_OPTION', 'people have logged in here, so a server is asked, and wants to know by whom: give an admin’s token in TATUSCAN_TOKEN or TATUSCAN_TOKEN_FILE; ' +
    'who has none, but may write the database, says --local')
}
