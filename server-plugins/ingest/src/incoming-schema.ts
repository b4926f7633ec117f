import { httpErrorSchema, machineItemSchema, reportSchema } from '@tatuscan/core'
import type { TSchema } from 'typebox'

const { $schema: _schema, $id: _id, ...report } = reportSchema

/** A report as it may come in: the published schema, and what the original's scripts also send. */
export const incomingSchema = {
  ...report,
  properties: {
    ...report.properties,
    computer_model: { type: ['string', 'null'], pattern: '^[^\\u0000]*$', title: 'Computer model' },
    computer_activation: { type: ['string', 'number', 'null'], title: 'When the computer was put to use' },
    activation_days: { type: ['integer', 'null'], minimum: -2_147_483_648, maximum: 2_147_483_647, title: 'Days since activation', unit: 'd' }
  }
} as const satisfies TSchema

/** The answer to one report. */
export const savedSchema = {
  type: 'object',
  required: ['message', 'item', 'newest_report_id'],
  properties: {
    message: { type: 'string' },
    item: machineItemSchema,
    newest_report_id: { type: ['string', 'null'] }
  }
} as const satisfies TSchema

/** The answer to a batch: one result a report, in order. */
export const resultsSchema = {
  type: 'object',
  description: 'one result a report, in the same order',
  required: ['results'],
  properties: {
    results: {
      type: 'array',
      items: {
        type: 'object',
        required: ['report_id', 'status'],
        properties: {
          report_id: { type: ['string', 'null'] },
          status: { type: 'integer', description: 'what POST /api/machines would have answered' },
          error: httpErrorSchema
        }
      }
    }
  }
} as const satisfies TSchema
