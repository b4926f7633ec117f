import { checkCollectors, type Collector, type CollectorSource } from './collector.ts'
import { openDeadline, type Deadline } from './deadline.ts'
import { codeOf, messageOf, TatuScanError, type ErrorCode } from './errors.ts'
import { checkedElsewhere, checkFacts, plainFacts } from './facts.ts'
import { identify, type Identity } from './identity/identify.ts'
import { namesIn, parseJson } from './json-text.ts'
import { jsonBytes, limits } from './limits.ts'
import { projectFacts } from './projection.ts'
import { createReportIds } from './report-id.ts'
import type { FactsByCollector, Failure, Report } from './report.ts'
import { schemaText } from './schema-text.ts'
import { parseStrictJson } from './strict-json.ts'
import type { TrackRecord } from './track-record.ts'
import { agentVersion } from './version.ts'

/** What one report is made of, and within which time. */
export interface CollectReportOptions {
  /** What to run, all at once. */
  readonly collectors: CollectorSource
  /** How long a collector may take; all begin at once, under one deadline. @default 5000 */
  readonly timeoutMs?: number
  /** Seconds between two reports, told to the server. @default 60 */
  readonly intervalS?: number
  /** How the collectors did before; those that keep failing pause. @default each report is the first */
  readonly trackRecord?: TrackRecord
  /** Stops the collecting. */
  readonly signal?: AbortSignal
  /** Gives out report ids. @default UUIDv7s that increase within this process */
  readonly nextReportId?: () => string
  /**
   * Tells which machine the facts are about. What it answers with `pending` may be another machine's id later.
   *
   * @default what the facts of this one run tell, see {@link identify}
   */
  readonly identify?: (facts: FactsByCollector, failures: readonly Failure[]) => Identity & { readonly pending?: string }
  /** The wall clock, in milliseconds since 1970. @default Date.now */
  readonly date?: () => number
}

const defaultReportIds = createReportIds()

/**
 * Runs every collector at once, under one deadline, and makes one report of what they told. A collector that
 * throws, overruns or returns what it may not costs one row in `failures`; the others stay intact. The report without
 * its schemas is at most 64 KiB: where it is more, the largest facts become rows in `failures` until it fits.
 *
 * @throws {TatuScanError} TATUSCAN_INVALID_OPTION for values that are no collectors;
 *   TATUSCAN_NO_FACTS where every collector failed, with each one's reason in `details`
 * @throws the signal's reason, once it aborts
 */
export async function collectReport ({
  collectors: source, timeoutMs = 5000, intervalS = 60, trackRecord, signal = new AbortController().signal,
  nextReportId = defaultReportIds, identify: whoami = identify, date = Date.now
}: CollectReportOptions): Promise<Report> {
  signal.throwIfAborted()
  const collectors = typeof source === 'function' ? await source() : source
  checkCollectors(collectors)
  const deadline = openDeadline({
    timeoutMs, signal, tooLong: () => new TatuScanError('TATUSCAN_COLLECTOR_TIMEOUT', `took longer than ${timeoutMs} ms`)
  })
  const outcomes = await deadline.over(collectors.map((collector) => runWithRecord(collector, { deadline, signal, trackRecord })))
  signal.throwIfAborted()

  const facts: FactsByCollector = {}
  const failures: Failure[] = []
  const schemas: Report['schemas'] = {}
  for (const { collector, told, failure, schema } of outcomes) {
    if (told !== undefined) facts[collector] = told
    if (failure !== undefined) failures.push(failure)
    if (schema !== undefined) schemas[collector] = schema
  }
  if (failures.length > 0 && Object.keys(facts).length === 0) {
    throw new TatuScanError('TATUSCAN_NO_FACTS', `no report could be made: every collector failed (${failures.map(({ collector, message }) => `${collector}: ${message}`).join('; ')})`, {
      details: failures.map(({ collector, message }) => ({ path: `/${collector}`, message }))
    })
  }
  const { machine_id } = whoami(facts, failures)
  return fit({
    machine_id,
    ...projectFacts(facts),
    timestamp: new Date(date()).toISOString(),
    report_id: nextReportId(),
    agent_version: agentVersion,
    interval_s: intervalS,
    facts,
    failures,
    schemas
  })
}

interface Outcome {
  readonly collector: string
  readonly told?: Record<string, unknown>
  readonly failure?: Failure
  readonly schema?: object
}

interface RunOptions {
  readonly deadline: Deadline
  readonly signal: AbortSignal
  readonly trackRecord: TrackRecord | undefined
}

async function runWithRecord (collector: Collector, options: RunOptions): Promise<Outcome> {
  const { trackRecord, signal } = options
  const refusal = trackRecord?.refusal(collector)
  const paused = refusal?.code === 'TATUSCAN_COLLECTOR_PAUSED'
  const outcome = refusal === undefined
    ? await runCollector(collector, options)
    : { collector: collector.name, failure: { collector: collector.name, code: refusal.code, message: sanitise(refusal.message), ms: 0 } }
  // Facts that lack their schema are facts all the same.
  if (!paused && !signal.aborted) trackRecord?.ended(collector, outcome.told === undefined ? outcome.failure : undefined)
  return outcome
}

async function runCollector (collector: Collector, { deadline, trackRecord }: RunOptions): Promise<Outcome> {
  const { name } = collector
  const started = performance.now()
  const failed = (code: ErrorCode, message: string): Failure =>
    ({ collector: name, code, message: sanitise(message), ms: Math.round(performance.now() - started) })
  try {
    const returned = await deadline.within(async (signal) => {
      const run = Promise.resolve(collector.collect({ signal }))
      trackRecord?.began(collector, run)
      return await run
    })
    if (returned === undefined) return { collector: name }
    const told = plainFacts(returned)
    const schema = plainSchema(collector.schema)
    if (!checkedElsewhere.has(returned)) checkFacts(told, schema)
    const problem = schemaProblem(schema)
    if (problem === undefined) return { collector: name, told, schema }
    return { collector: name, told, failure: failed(problem.code, `the schema ${problem.message}; the facts are reported without it`) }
  } catch (thrown) {
    return { collector: name, failure: failed(codeOf(thrown), messageOf(thrown)) }
  }
}

/** The plain form of each collector's schema. */
const plainSchemas = new WeakMap<object, object>()

/** A schema as it goes over the wire. A TypeBox schema carries symbols and hidden properties that JSON leaves behind. */
function plainSchema (schema: object): object {
  const known = plainSchemas.get(schema)
  if (known !== undefined) return known
  try {
    const plain = parseJson(JSON.stringify(schema)) as object
    plainSchemas.set(schema, plain)
    return plain
  } catch (error) {
    throw new TatuScanError('TATUSCAN_FACTS_INVALID', `the collector's schema is no JSON: ${messageOf(error)}`, { cause: error })
  }
}

interface SchemaProblem { readonly code: ErrorCode, readonly message: string }

/** By plain schema, why no server would take it; null where one does. */
const schemaProblems = new WeakMap<object, SchemaProblem | null>()

function schemaProblem (schema: object): SchemaProblem | undefined {
  let problem = schemaProblems.get(schema)
  if (problem === undefined) schemaProblems.set(schema, problem = lookAtSchema(schemaText(schema)))
  return problem ?? undefined
}

function lookAtSchema (text: string): SchemaProblem | null {
  const bytes = Buffer.byteLength(text)
  if (bytes > limits.schemaBytes) return { code: 'TATUSCAN_SCHEMA_TOO_LARGE', message: `is ${bytes} bytes, at most ${limits.schemaBytes} are allowed` }
  if (namesIn(text, limits.schemaDepth) === undefined) return { code: 'TATUSCAN_SCHEMA_TOO_LARGE', message: `is more than ${limits.schemaDepth} levels deep` }
  if (!text.startsWith('{')) return { code: 'TATUSCAN_FACTS_INVALID', message: 'must be an object' }
  try {
    parseStrictJson(Buffer.from(text))
    return null
  } catch (error) {
    const { path, message } = (error as TatuScanError).details[0]!
    return { code: 'TATUSCAN_FACTS_INVALID', message: `can’t be sent: ${path} ${message}` }
  }
}

/** A message as the wire takes it: well-formed, without control characters, within its length. */
function sanitise (message: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  const printable = message.toWellFormed().replaceAll(/[\u0000-\u001f\u007f]/g, '\ufffd')
  const characters = Array.from(printable)
  return characters.length <= limits.failureMessageLength ? printable : characters.slice(0, limits.failureMessageLength - 1).join('') + '…'
}

function fit (report: Report): Report {
  const { facts, failures, schemas } = report
  while (jsonBytes({ ...report, schemas: {} }) > limits.reportBytes) {
    const sizes = Object.entries(facts).map(([collector, told]) => ({ collector, bytes: jsonBytes(told) }))
    const largest = sizes.sort((a, b) => b.bytes - a.bytes)[0]
    if (largest === undefined) failures.pop() // only a crowd of failures is left
    else {
      delete facts[largest.collector]
      delete schemas[largest.collector]
      failures.push({
        collector: largest.collector,
        code: 'TATUSCAN_FACTS_TOO_LARGE',
        message: `its ${largest.bytes} bytes of facts did not fit: a report holds at most ${limits.reportBytes} bytes`,
        ms: 0
      })
    }
  }
  return report
}
