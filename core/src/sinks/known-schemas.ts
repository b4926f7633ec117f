import type { TSchema } from 'typebox'
import { jsonBytes, limits } from '../limits.ts'
import type { Report } from '../report.ts'
import { schemaText } from '../schema-text.ts'

/** What a server knows already, so that a schema goes along once, and again when it changes. */
export interface KnownSchemas {
  /** The report with only those schemas that the server lacks, as many as the limit on a report leaves room for. */
  trim (report: Report): Partial<Report>
  /** Told what a server has accepted. */
  learn (accepted: Partial<Report>): void
  /** A copy to learn ahead in: what an earlier report of a batch tells need not be told by the next. */
  ahead (): KnownSchemas
}

export function knownSchemas (known = new Map<string, string>()): KnownSchemas {
  return {
    trim (report) {
      const { schemas = {}, ...rest } = report
      const entries = Object.entries(schemas)
      if (entries.length === 0) return rest
      const fresh: Record<string, TSchema> = {}
      let room = limits.reportBytes - jsonBytes({ ...rest, schemas: {} })
      for (const [name, schema] of entries) {
        const json = schemaText(schema)
        const size = Buffer.byteLength(json) + jsonBytes(name) + 2
        if (known.get(name) === json || size > room) continue
        fresh[name] = schema
        room -= size
      }
      return Object.keys(fresh).length === 0 ? rest : { ...rest, schemas: fresh }
    },
    learn ({ schemas = {} }) {
      for (const [name, schema] of Object.entries(schemas)) known.set(name, schemaText(schema))
    },
    ahead: () => knownSchemas(new Map(known))
  }
}
