import { checkFactsLimits, collectorNamePattern, invalidRequest, limits, modest, pointerTo, readActivation, TatuScanError, type IncomingReport } from '@tatuscan/core'
import type { Static } from 'typebox'
import type { incomingSchema } from './incoming-schema.ts'

/** A report that its schema accepts. */
export type Body = Static<typeof incomingSchema>

/**
 * A report as the store takes it, from one that its schema accepts, which may be the same object.
 *
 * @param unverified whether who sent it had no key
 * @throws {TatuScanError} TATUSCAN_INVALID_REQUEST for an activation date that is none, facts and schemas beyond the limits
 */
export function readReport (body: Body, timeZone: string, unverified: boolean): IncomingReport {
  if (body.facts !== undefined) checkByCollector('/facts', body.facts, modest.has(body) ? () => {} : checkFactsLimits)
  if (body.schemas !== undefined) checkByCollector('/schemas', body.schemas, checkSchemaSize)
  const machineId = body.machine_id.toLowerCase()
  const { computer_activation: activation } = body
  if (activation === undefined && machineId === body.machine_id && !unverified && !('unverified' in body)) return body as IncomingReport
  const { computer_activation: _, ...report } = body
  return {
    ...report as Omit<IncomingReport, 'computer_activation'>,
    machine_id: machineId,
    ...activation !== undefined && { computer_activation: readActivation(activation, timeZone) },
    unverified
  }
}

function checkByCollector (path: string, values: Record<string, object>, check: (value: object) => void): void {
  const entries = Object.entries(values)
  if (entries.length > limits.collectors) throw invalidRequest([{ instancePath: path, message: `names ${entries.length} collectors; at most ${limits.collectors} are allowed` }])
  for (const [name, value] of entries) {
    if (!collectorNamePattern.test(name)) throw invalidRequest([{ instancePath: pointerTo(path, name), message: 'is no name of a collector: lower case letters, digits, _ and -, at most 64' }])
    try {
      check(value)
    } catch (error) {
      if (!(error instanceof TatuScanError)) throw error
      throw invalidRequest(error.details.map((detail) => ({ instancePath: pointerTo(path, name) + detail.path, message: detail.message })))
    }
  }
}

function checkSchemaSize (schema: object): void {
  const bytes = Buffer.byteLength(JSON.stringify(schema))
  if (bytes > limits.schemaBytes) throw invalidRequest([{ instancePath: '', message: `is ${bytes} bytes of schema; at most ${limits.schemaBytes} are allowed` }])
}
