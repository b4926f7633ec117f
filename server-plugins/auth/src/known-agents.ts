import type { AgentKey, Requester } from '@tatuscan/core'

/** How many agents are remembered; each takes some 300 bytes. */
const most = 20_000

/** How long one is taken for who it was found to be, in milliseconds: then it is asked for again, which counts as a use of its key, known to five minutes. */
const longest = 295_000

/** Agents by their `Authorization` header: each brings the same one with every report, and reports are most of the requests. */
export interface KnownAgents {
  /** Who brings this header, where that is known without waiting. @param epoch the store's, as of now */
  find (authorization: string | undefined, epoch: number | undefined): Requester | undefined
  /** Takes note of whose key a header was found to bring. @param epoch the store's, from before it was asked */
  note (authorization: string, key: AgentKey, epoch: number | undefined): void
}

/** Remembers agents for as long as nothing changes in the store. */
export function rememberAgents (): KnownAgents {
  const known = new Map<string, { readonly requester: Requester, readonly epoch: number, readonly found: number }>()
  return {
    find (authorization, epoch) {
      const agent = authorization === undefined ? undefined : known.get(authorization)
      return agent !== undefined && agent.epoch === epoch && performance.now() - agent.found < longest ? agent.requester : undefined
    },
    note (authorization, { machine_id, last_used_at, expires_at }, epoch) {
      if (epoch === undefined || last_used_at === null || expires_at !== null) return // its first use, or its last ones, have more to them
      known.delete(authorization)
      if (known.size >= most) known.delete(known.keys().next().value!) // the oldest
      known.set(authorization, { requester: { kind: 'agent', machine_id }, epoch, found: performance.now() })
    }
  }
}
