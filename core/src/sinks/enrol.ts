import { DeliveryError, messageOf } from '../errors.ts'
import { parseJson } from '../json-text.ts'
import type { Report } from '../report.ts'
import type { Sink } from '../sink.ts'
import { explain } from './answers.ts'
import { readKey, writeKey } from './key-file.ts'
import { openTransport, type TransportOptions } from './transport.ts'

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
  /** Told what a person should know: that the key can't be kept, say. No secret is in it. */
  readonly onWarning?: (message: string) => void
}

/** A server that has no such route asks for no key: it is another version's, or the original's. */
const keyless = new Set([404, 405])

/**
 * A sink around those that send with a machine's key, which it buys for the enrolment secret where there is none, and
 * again where the server doesn't take it any more.
 */
export function enrolled ({ transport, file, server = serverName(transport.url), open, onWarning = () => {} }: EnrolOptions): Sink {
  const till = openTransport(transport)
  const sinks = new Map<string, { readonly key: string | undefined, readonly sink: Sink }>()

  function use (machineId: string, key: string | undefined): Sink {
    const before = sinks.get(machineId)
    if (before !== undefined && before.key === key) return before.sink
    before?.sink.close?.().catch(() => {})
    const sink = open(key)
    sinks.set(machineId, { key, sink })
    return sink
  }

  /** Another process of this agent may have bought one meanwhile. */
  const kept = (machineId: string, other: string | undefined): string | undefined => {
    const key = readKey(file, server, machineId)
    return key === other ? undefined : key
  }

  async function buy (machineId: string, signal: AbortSignal): Promise<string | undefined> {
    const { status, body, retryAfter } = await till.post('api/enrol', JSON.stringify({ machine_id: machineId }), signal)
    if (keyless.has(status)) return undefined
    const key = status === 201 ? keyIn(body) : undefined
    if (key === undefined) {
      const hint = status === 401 ? '; is the enrolment secret the right one?' : ''
      const seconds = Number(retryAfter)
      throw new DeliveryError(till.redact(`${till.shown('api/enrol')} answered ${status}${explain(body)}${hint}`), {
        retryable: true, status, ...retryAfter !== undefined && seconds >= 0 && { retryAfterMs: seconds * 1000 }
      })
    }
    try {
      writeKey(file, server, machineId, key)
    } catch (error) {
      onWarning(`this machine's key can't be kept in ${file}, and the next start has to buy another: ${messageOf(error)}`)
    }
    return key
  }

  /** @param refused the key that the server does not take */
  async function renew (machineId: string, refused: string | undefined, signal: AbortSignal): Promise<Sink> {
    const other = kept(machineId, refused)
    if (other !== undefined) return use(machineId, other)
    try {
      return use(machineId, await buy(machineId, signal))
    } catch (error) {
      const bought = error instanceof DeliveryError && error.status === 409 ? kept(machineId, refused) : undefined
      if (bought === undefined) throw error
      return use(machineId, bought)
    }
  }

  async function deliver (machineId: string, reports: readonly Report[], signal: AbortSignal): Promise<void> {
    const maySpend = transport.token !== undefined
    const known = sinks.get(machineId)
    const first = known?.sink ?? (maySpend ? await renew(machineId, undefined, signal) : use(machineId, kept(machineId, undefined)))
    try {
      await first.write(reports, { signal })
    } catch (error) {
      if (!maySpend || !(error instanceof DeliveryError) || error.status !== 401) throw error
      const again = await renew(machineId, sinks.get(machineId)!.key, signal)
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
