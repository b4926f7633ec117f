import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { keepReportIds, stateFolder, TatuScanError, type Sink } from '@tatuscan/core'
import { httpSink, spooled, type SpoolEvent, type TransportOptions } from '@tatuscan/core/sinks'
import type { Settings } from './settings.ts'

/** How reports leave. */
export interface Delivery {
  readonly sinks: readonly Sink[]
  /** Report ids that go on after the last one, of this agent or of what the server has. */
  readonly nextReportId: () => string
}

export interface SpooledHttpOptions extends TransportOptions {
  /** The folder of its spool, below the state folder. */
  readonly folder: string
  readonly onEvent: (event: SpoolEvent) => void
  /** How this machine's key is come by; undefined: it reports with the token, or without any. */
  readonly enrolment?: Enrolment | undefined
}

export interface Enrolment {
  /** What a key is bought with; undefined: one that is kept is used. */
  readonly secret: string | undefined
  /** What the server is called in the file of keys. @default its host and path */
  readonly server?: string
  /** Whether a key that has grown old is renewed: by the one process that runs all the time. */
  readonly rotate: boolean
  readonly onWarning: (message: string) => void
}

/** The HTTP sink in its spool, and the ids that its server's answers lead. */
export async function spooledHttp ({ folder, onEvent, enrolment, ...transport }: SpooledHttpOptions): Promise<{ sink: Sink, nextReportId: () => string }> {
  const state = stateFolder()
  const ids = keepReportIds({ folder: state })
  const sink = spooled(await httpWithKey(transport, enrolment, ids.goOnAfter), { dir: join(state, folder), onEvent })
  return { sink, nextReportId: ids.next }
}

async function httpWithKey ({ token, ...transport }: TransportOptions, enrolment: Enrolment | undefined, onNewestReportId: (id: string) => void): Promise<Sink> {
  const open = (secret: string | undefined): Sink => httpSink({ ...transport, ...secret !== undefined && { token: secret }, onNewestReportId })
  if (enrolment === undefined) return open(token)
  const { secret, rotate, ...rest } = enrolment
  const { enrolled } = await import('@tatuscan/core/sinks/enrolled')
  return enrolled({
    ...rest,
    transport: { ...transport, ...secret !== undefined && { token: secret } },
    file: keyFile(),
    ...!rotate && { rotateAfterMs: Infinity },
    open: (key) => open(key ?? token)
  })
}

function keyFile (): string {
  return join(stateFolder(), 'keys.json')
}

export interface DeliveryOptions {
  readonly onEvent: (event: SpoolEvent) => void
  /** Told what a person should know of this machine's key. */
  readonly onWarning: (message: string) => void
  /** Whether this process is the agent that runs all the time. */
  readonly rotate: boolean
}

/**
 * Where reports go: the server, through the spool, and the configuration file's own sinks.
 *
 * @throws {TatuScanError} TATUSCAN_INVALID_OPTION where there is neither
 */
export async function openDelivery ({ url, token, enrolSecret, tls, sinks }: Settings, { onEvent, onWarning, rotate }: DeliveryOptions): Promise<Delivery> {
  if (url !== undefined) {
    // Once a key is kept, the secret may go
    const enrolment = enrolSecret !== undefined || (token === undefined && existsSync(keyFile())) ? { secret: enrolSecret, rotate, onWarning } : undefined
    const { sink, nextReportId } = await spooledHttp({ url, ...tls, ...token !== undefined && { token }, enrolment, folder: 'spool', onEvent })
    return { sinks: [sink, ...sinks], nextReportId }
  }
  if (sinks.length > 0) return { sinks, nextReportId: keepReportIds({ folder: stateFolder() }).next }
  throw new TatuScanError('TATUSCAN_INVALID_OPTION', 'no server is named: give --url http://server:8040, or set TATUSCAN_URL')
}
