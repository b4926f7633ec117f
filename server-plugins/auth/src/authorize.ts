import { accesses, TatuScanError, type Access, type Requester } from '@tatuscan/core'
import type { RouteOptions } from 'fastify'

/** @throws {TatuScanError} TATUSCAN_INVALID_OPTION that names the routes which don't say who may use them */
export function checkDeclared (routes: readonly RouteOptions[]): void {
  const silent = routes.filter(({ config }) => !accesses.includes(config?.access as Access)).map(({ method, url }) => `${[method].flat().join('|')} ${url}`)
  if (silent.length > 0) {
    const shown = silent.slice(0, 10).join(', ') + (silent.length > 10 ? ` and ${silent.length - 10} more` : '')
    throw new TatuScanError('TATUSCAN_INVALID_OPTION', `every route has to say who may use it, and ${silent.length === 1 ? 'this one does not' : 'these do not'}: ${shown}; ` +
      `give each config: { access: '${accesses.slice(0, -1).join("', '")}' or '${accesses.at(-1)}' }`)
  }
}

/** Whether who asks may use a route. */
export function mayUse (requester: Requester, access: Access): boolean {
  const role = 'role' in requester ? requester.role : undefined
  switch (access) {
    case 'public': return true
    case 'agent': return requester.kind === 'agent' || role === 'admin'
    case 'enrol': return requester.kind !== 'person' && (requester.kind !== 'token' || role === 'admin')
    case 'viewer': return role !== undefined
    case 'admin': return role === 'admin'
  }
}

const wanted: Record<Access, string> = {
  public: 'nobody is refused',
  agent: 'an agent’s key, or an admin, is needed',
  enrol: 'the enrolment secret, a token of the role enrol, or the agent’s own key is needed',
  viewer: 'a person or a token that may read is needed',
  admin: 'an admin is needed'
}

export function forbidden (access: Access): TatuScanError {
  return new TatuScanError('TATUSCAN_FORBIDDEN', `you may not do this: ${wanted[access]}`)
}

export function unauthorized (access: Access): TatuScanError {
  return new TatuScanError('TATUSCAN_UNAUTHORIZED', `say who you are, by Authorization: Bearer, or log in: ${wanted[access]}`)
}
