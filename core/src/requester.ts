import type { PersonRole } from './credential-store.ts'
import { TatuScanError } from './errors.ts'

/**
 * Who may use a route: `public` anybody; `agent` a machine that reports, and admins; `enrol` who may enrol machines;
 * `viewer` whoever may read; `admin` whoever may change.
 */
export const accesses = ['public', 'agent', 'enrol', 'viewer', 'admin'] as const
/** Who may use a route. */
export type Access = typeof accesses[number]

/** Who asks, as a server that knows finds it in `request.requester`. */
export type Requester =
  | { readonly kind: 'agent', readonly machine_id: string }
  | { readonly kind: 'person', readonly name: string, readonly role: PersonRole, readonly csrfToken?: string }
  | { readonly kind: 'token', readonly id: string, readonly role: PersonRole }
  | { readonly kind: 'enroller' }
  /** A client of the original, which can't say who it is, from a network where that is allowed. */
  | { readonly kind: 'original' }

/**
 * An agent reports for its own machine, an admin for any, a client of the original for those that are nobody's, which who
 * lets it in looks at. Where nobody looks who asks, anybody may.
 *
 * @throws {TatuScanError} TATUSCAN_FORBIDDEN
 */
export function checkMayReport (requester: Requester | undefined, machineId: string): void {
  if (requester === undefined || requester.kind === 'original') return
  if (requester.kind === 'agent' ? requester.machine_id === machineId : 'role' in requester && requester.role === 'admin') return
  throw new TatuScanError('TATUSCAN_FORBIDDEN', requester.kind === 'agent'
    ? `this key is of the machine ${requester.machine_id}, and reports for no other`
    : 'reports come from an agent with its key, or from an admin')
}
