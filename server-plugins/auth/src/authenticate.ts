import type { CredentialStore, Requester } from '@tatuscan/core'
import { TatuScanError } from '@tatuscan/core'
import type { FastifyRequest } from 'fastify'
import type { Cookies } from './cookies.ts'
import { csrfTokenOf } from './csrf.ts'
import { hashSecret, prefixes, sameText } from './secrets.ts'

/** How long a key still holds once the one that replaces it is used: reports are under way with it. */
const graceMs = 10 * 60 * 1000

export const sessionCookie = 'tatuscan_session'

/**
 * Who asks: by `Authorization: Bearer`, else by the cookie of a session; undefined: nobody says.
 *
 * @throws {TatuScanError} TATUSCAN_UNAUTHORIZED where a bearer's secret is none of ours, or holds no more
 */
export async function authenticate (request: FastifyRequest, credentials: CredentialStore, cookies: Cookies, enrolSecret: string | undefined): Promise<Requester | undefined> {
  const { authorization } = request.headers
  if (authorization !== undefined) {
    const secret = bearerOf(request.headers)
    const requester = secret === undefined ? undefined : await bearer(secret, credentials, enrolSecret)
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

/** How many headers are remembered; each takes some 200 bytes. */
const most = 20_000

/** Agents, whose reports are most of the requests: each brings the same header every time. */
export interface KnownAgents {
  /** The machine whose key the header brings, where that is known without waiting. */
  find (authorization: string | undefined): string | undefined
  /** Takes note of a header that was found to bring an agent's key. */
  note (authorization: string): void
}

export function rememberAgents (credentials: CredentialStore): KnownAgents {
  const hashes = new Map<string, string>()
  return {
    find (authorization) {
      const hash = authorization === undefined ? undefined : hashes.get(authorization)
      return hash === undefined ? undefined : credentials.knownAgent?.(hash)
    },
    note (authorization) {
      if (hashes.size >= most) hashes.delete(hashes.keys().next().value!) // the oldest
      hashes.set(authorization, hashSecret(bearerOf({ authorization })!))
    }
  }
}

async function bearer (secret: string, credentials: CredentialStore, enrolSecret: string | undefined): Promise<Requester | undefined> {
  if (secret.startsWith(prefixes.key)) {
    const key = await credentials.findKey(hashSecret(secret), { graceMs })
    return key === undefined ? undefined : { kind: 'agent', machine_id: key.machine_id }
  }
  if (secret.startsWith(prefixes.token)) {
    const token = await credentials.findToken(hashSecret(secret))
    if (token === undefined) return undefined
    return token.role === 'enrol' ? { kind: 'enroller' } : { kind: 'token', id: token.id, role: token.role }
  }
  return enrolSecret !== undefined && sameText(secret, enrolSecret) ? { kind: 'enroller' } : undefined
}
