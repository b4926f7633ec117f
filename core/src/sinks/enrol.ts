import { DeliveryError, messageOf } from '../errors.ts'
import { parseJson } from '../json-text.ts'
import type { Report } from '../report.ts'
import type { Sink } from '../sink.ts'
import { explain } from './answers.ts'
import { readKey, writeKey, type KeptKey } from './key-file.ts'
import { openTransport, type Transport, type TransportOptions } from './transport.ts'

/** Which server enrols which machine, by which secret, and where the key is kept. */
export interface EnrolOptions {
  /** How to reach the server; its token is the enrolment secret. Without one a key that is kept is used, and none is bought. */
  readonly transport: TransportOptions
  /** The file in which keys are kept, mode 0600: by server, and by machine. */
  readonly file: string
  /** What the server is called in that file. @default its host and path, so that another port or scheme is the same one */
  readonly server?: string
  /** Makes the sink that sends with a key; undefined: without any. */
  readonly open: (key: string | undefined) => Sink
  /**
   * How old a key gets, in milliseconds, before it is renewed with itself; by machine up to half as much again, so that a
   * fleet that was set up in an hour doesn't do so at once. Infinity: never. Only one process at a time should.
   * @default 30 days
   */
  readonly rotateAfterMs?: number
  /** Told what a person should know: that the key can't be kept, say. No secret is in it. */
  readonly onWarning?: (message: string) => void
}

const month = 30 * 24 * 60 * 60 * 1000

/** When a key that could not be renewed is tried again. */
const hour = 60 * 60 * 1000

/** A server that has no such route asks for no key: it is another version's, or the original's. */
const keyless = new Set([404, 405])

/**
 * A sink around those that send with a machine's key, which it buys for the enrolment secret where there is none, and
 * again where the server doesn't take it any more. A key that has grown old is renewed: the one before holds for a while
 * yet, so that no report is refused.
 */
export function enrolled ({ transport, file, server = serverName(transport.url), rotateAfterMs = month, open, onWarning = () => {} }: EnrolOptions): Sink {
  const till = openTransport(transport)
  const sinks = new Map<string, { readonly key: KeptKey | undefined, readonly sink: Sink }>()
  const notBefore = new Map<string, number>()

  function use (machineId: string, key: KeptKey | undefined): Sink {
    const before = sinks.get(machineId)
    if (before !== undefined && before.key?.key === key?.key) return before.sink
    before?.sink.close?.().catch(() => {})
    const sink = open(key?.key)
    sinks.set(machineId, { key, sink })
    return sink
  }

  /** Another process of this agent may have bought one meanwhile. */
  const kept = (machineId: string, other: string | undefined): KeptKey | undefined => {
    const found = readKey(file, server, machineId)
    return found?.key === other ? undefined : found
  }

  /** @returns undefined where the server asks for no key */
  async function buy (machineId: string, way: Transport, signal: AbortSignal): Promise<KeptKey | undefined> {
    const { status, body, retryAfter } = await way.post('api/enrol', JSON.stringify({ machine_id: machineId }), signal)
    if (keyless.has(status)) return undefined
    const key = status === 201 ? keyIn(body) : undefined
    if (key === undefined) {
      const hint = status === 401 ? '; is the enrolment secret the right one?' : ''
      const seconds = Number(retryAfter)
      throw new DeliveryError(way.redact(`${way.shown('api/enrol')} answered ${status}${explain(body)}${hint}`), {
        retryable: true, status, ...retryAfter !== undefined && seconds >= 0 && { retryAfterMs: seconds * 1000 }
      })
    }
    const bought = { key, since: new Date().toISOString() }
    try {
      writeKey(file, server, machineId, bought)
    } catch (error) {
      onWarning(`this machine's key can't be kept in ${file}, and the next start has to buy another: ${messageOf(error)}`)
    }
    return bought
  }

  /** @param refused the key that the server does not take */
  async function renew (machineId: string, refused: string | undefined, signal: AbortSignal): Promise<Sink> {
    const other = kept(machineId, refused)
    if (other !== undefined) return use(machineId, other)
    try {
      return use(machineId, await buy(machineId, till, signal))
    } catch (error) {
      const bought = error instanceof DeliveryError && error.status === 409 ? kept(machineId, refused) : undefined
      if (bought === undefined) throw error
      return use(machineId, bought)
    }
  }

  function isOld (machineId: string, { since }: KeptKey): boolean {
    const share = Number.parseInt(machineId.slice(0, 8), 16) / 2 ** 33
    return Date.now() - Date.parse(since) > rotateAfterMs * (1 + (share || 0)) && Date.now() >= (notBefore.get(machineId) ?? 0)
  }

  /** Puts a new key in the place of one, which still holds; where that fails it is used on. */
  async function rotate (machineId: string, old: KeptKey, signal: AbortSignal): Promise<Sink> {
    const way = openTransport({ ...transport, token: old.key })
    try {
      writeKey(file, server, machineId, old) // a key that can't be kept would be lost with the next start
      return use(machineId, await buy(machineId, way, signal) ?? old)
    } catch (error) {
      signal.throwIfAborted()
      notBefore.set(machineId, Date.now() + hour)
      onWarning(`this machine's key is ${Math.floor((Date.now() - Date.parse(old.since)) / 86_400_000)} days old and could not be renewed; it is used on, and tried again in an hour: ${way.redact(messageOf(error))}`)
      return sinks.get(machineId)!.sink
    } finally {
      way.close()
    }
  }

  async function sinkFor (machineId: string, signal: AbortSignal): Promise<Sink> {
    const known = sinks.get(machineId)?.sink ?? (transport.token === undefined ? use(machineId, kept(machineId, undefined)) : await renew(machineId, undefined, signal))
    const { key } = sinks.get(machineId)!
    return key === undefined || !isOld(machineId, key) ? known : await rotate(machineId, key, signal)
  }

  async function deliver (machineId: string, reports: readonly Report[], signal: AbortSignal): Promise<void> {
    const first = await sinkFor(machineId, signal)
    try {
      await first.write(reports, { signal })
    } catch (error) {
      if (transport.token === undefined || !(error instanceof DeliveryError) || error.status !== 401) throw error
      const again = await renew(machineId, sinks.get(machineId)!.key?.key, signal)
      if (again === first) throw error
      await again.write(reports, { signal })
    }
  }

  return {
    name: 'http',
    async write (reports, { signal }) {
      const delivered = new Set<string>()
      for (const [machineId, those] of Map.groupBy(reports, ({ machine_id: id }) => id)) { // more than one where the identity changed
        try {
          await deliver(machineId, those, signal)
          for (const { report_id: id } of those) delivered.add(id)
        } catch (error) {
          if (!(error instanceof DeliveryError) || delivered.size === 0) throw error
          throw new DeliveryError(error.message, { ...error, cause: error, delivered: new Set([...delivered, ...error.delivered]) })
        }
      }
    },
    async close () {
      till.close()
      await Promise.all([...sinks.values()].map(async ({ sink }) => await sink.close?.()))
    }
  }
}

/** Whose certificate or proxy it is may change, and so may its port; a key is never shown to another host. */
function serverName (url: string): string {
  const { hostname, pathname } = new URL(url)
  return hostname + pathname.replace(/\/+$/, '')
}

function keyIn (body: string): string | undefined {
  try {
    const { key } = parseJson(body) as { key?: unknown }
    return typeof key === 'string' && /^[\x21-\x7e]{16,200}$/.test(key) ? key : undefined
  } catch {
    return undefined
  }
}
