import { TatuScanError, type Sink } from '@tatuscan/core'
import { httpSink } from '@tatuscan/core/sinks'
import type { Settings } from './settings.ts'

/**
 * Where reports go: the server, and the configuration file's own sinks.
 *
 * @throws {TatuScanError} TATUSCAN_INVALID_OPTION where there is neither
 */
export function sinksOf ({ url, token, sinks }: Settings): Sink[] {
  if (url !== undefined) return [httpSink({ url, ...token !== undefined && { token } }), ...sinks]
  if (sinks.length > 0) return [...sinks]
  throw new TatuScanError('TATUSCAN_INVALID_OPTION', 'no server is named: give --url http://server:8040, or set TATUSCAN_URL')
}
