import type { AgentKey, CredentialStore, Requester } from '@tatuscan/core'
import { TatuScanError } from '@tatuscan/core'
import type { FastifyRequest } from 'fastify'
import type { Cookies } from './cookies.ts'
import { csrfTokenOf } from './csrf.ts'
import type { KnownAgents } from './known-agents.ts'
import { hashSecret, prefixes, sameText } from './secrets.ts'

/** How long a key still holds once the one that replaces it is used: reports are under way with it. */
const graceMs = 10 * 60 * 1000

export const sessionCookie = 'tatuscan_session'

/**
 * Who asks: by `Authorization: Bearer`, else by the cookie of a session; undefined: nobody says.
 *
 * @throws {TatuScanError} TATUSCAN_UNAUTHORIZED where a bearer's secret is none of ours, or holds no more
 */
export async function authenticate (
  request: FastifyRequest, credentials: CredentialStore, cookies: Cookies, enrolSecret: string | undefined, agents: KnownAgents
): Promise<Requester | undefined> {
  const { authorization } = request.headers
  if (authorization !== undefined) {
    const secret = bearerOf(request.headers)
    const requester = secret === undefined ? undefined : await bearer(secret, credentials, enrolSecret, (key, epoch) => agents.note(authorization, key, epoch))
    if (requester === undefined) throw new TatuScanError('TATUSCAN_UNAUTHORIZED', 'the Authorization header holds no key or token that is known, or one that was revoked or has expired')
    return requester
  }
  const session = cookies.read(request, sessionCookie)
  const found = session === undefined ? undefined : await credentials.findSession(hashSecret(session))
  return found === undefined ? undefined : { kind: 'person', name: found.user, role: found.role, csrfToken: csrfTokenOf(session!) }
}

/** What an `Authorization` of a bearer holds; undefined: it is none. */
export function bearerOf ({ authorization = '' }: { readonly authorization?: string | undefined }): string | undefined {
  return /^Bearer +(\S.*?) *$/i.exec(authorization)?.[1]
}

async function bearer (
  secret: string, credentials: CredentialStore, enrolSecret: string | undefined, note: (key: AgentKey, epoch: number | undefined) => void
): Promise<Requester | undefined> {
  if (secret.startsWith(prefixes.key)) {
    const epoch = credentials.epoch?.()
    const key = await credentials.findKey(hashSecret(secret), { graceMs })
    if (key !== undefined) note(key, epoch)
    return key === undefined ? undefined : { kind: 'agent', machine_id: key.machine_id }
  }
  if (secret.startsWith(prefixes.token)) {
    const token = await credentials.findToken(hashSecret(secret))
    if (token === undefined) return undefined
    return token.role === 'enrol' ? { kind: 'enroller' } : { kind: 'token', id: token.id, role: token.role }
  }
  return enrolSecret !== undefined && sameText(secret, enrolSecret) ? { kind: 'enroller' } : undefined
}
