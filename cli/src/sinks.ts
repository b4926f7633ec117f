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
}

/** The HTTP sink in its spool, and the ids that its server's answers lead. */
export function spooledHttp ({ folder, onEvent, ...transport }: SpooledHttpOptions): { sink: Sink, nextReportId: () => string } {
  const state = stateFolder()
  const ids = keepReportIds({ folder: state })
  const sink = spooled(httpSink({ ...transport, onNewestReportId: ids.goOnAfter }), { dir: join(state, folder), onEvent })
  return { sink, nextReportId: ids.next }
}

/**
 * Where reports go: the server, through the spool, and the configuration file's own sinks.
 *
 * @throws {TatuScanError} TATUSCAN_INVALID_OPTION where there is neither
 */
export function openDelivery ({ url, token, tls, sinks }: Settings, onEvent: (event: SpoolEvent) => void): Delivery {
  if (url !== undefined) {
    const { sink, nextReportId } = spooledHttp({ url, ...tls, ...token !== undefined && { token }, folder: 'spool', onEvent })
    return { sinks: [sink, ...sinks], nextReportId }
  }
  if (sinks.length > 0) return { sinks, nextReportId: keepReportIds({ folder: stateFolder() }).next }
  throw new TatuScanError('TATUSCAN_INVALID_OPTION', 'no server is named: give --url http://server:8040, or set TATUSCAN_URL')
}
