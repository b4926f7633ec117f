import { readActivation, type IncomingReport } from '@tatuscan/core'
import type { Static } from 'typebox'
import type { incomingSchema } from './incoming-schema.ts'

/** A report that its schema accepts. */
export type Body = Static<typeof incomingSchema>

/**
 * A report as the store takes it, from one that its schema accepts.
 *
 * @throws {TatuScanError} TATUSCAN_INVALID_REQUEST for an activation date that is none
 */
export function readReport (body: Body, timeZone: string): IncomingReport {
  const { computer_activation: activation, ...report } = body
  return {
    ...report as Omit<IncomingReport, 'computer_activation'>,
    machine_id: body.machine_id.toLowerCase(),
    ...activation !== undefined && { computer_activation: readActivation(activation, timeZone) }
  }
}
