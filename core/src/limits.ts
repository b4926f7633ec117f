/**
 * The one table of sizes, used by the agent (so that an honest agent is never refused) and by the server.
 * Sizes are bytes of UTF-8 JSON, times are milliseconds.
 */
export const limits = {
  /** One collector's facts. */
  factsBytes: 32 * 1024,
  /** Objects and arrays inside one another, the facts object itself being the first. */
  factsDepth: 16,
  /** Keys in one object. */
  factsKeys: 500,
  /** Collectors in one report. */
  collectors: 100,
  /** One collector's schema. */
  schemaBytes: 16 * 1024,
  /** Objects and arrays inside one another in a schema, the schema itself being the first. */
  schemaDepth: 60,
  /** One report. */
  reportBytes: 64 * 1024,
  /** Reports in one batch. */
  batchReports: 500,
  /** One batch. */
  batchBytes: 4 * 1024 * 1024,
  /** A failure's message, in characters. */
  failureMessageLength: 500
} as const

/** The size in bytes of a value as JSON. */
export function jsonBytes (value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value))
}
