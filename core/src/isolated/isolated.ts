import { fileURLToPath } from 'node:url'
import type { TSchema } from 'typebox'
import { checkCollectors, type Collector } from '../collector.ts'
import { withDeadline } from '../deadline.ts'
import { TatuScanError, type ErrorCode } from '../errors.ts'
import { checkedElsewhere } from '../facts.ts'
import { parseJson } from '../json-text.ts'
import { parseStrictJson } from '../strict-json.ts'
import type { HostAnswer } from './answer.ts'
import { childEnvironment } from './child-environment.ts'
import { runLimited, type EndedProcess } from './limited-process.ts'
import { moduleFile } from './module-file.ts'

/** What a collector in a process of its own may take. */
export interface IsolatedOptions {
  /** How long the module may take to load and say what it is, in milliseconds. @default 5000 */
  readonly loadTimeoutMs?: number
  /** Gives up loading. */
  readonly signal?: AbortSignal
  /** Memory that its process and what it starts may hold, in MiB; some 50 of them are Node's own. @default 256 */
  readonly memoryMb?: number
  /** Seconds of CPU that one run may use. @default 60 */
  readonly cpuSeconds?: number
  /** What its process is given. @default this process's environment without secrets */
  readonly env?: NodeJS.ProcessEnv
  /** Told of the beginning of what it writes to stdout and stderr. @default writes it to stderr */
  readonly onOutput?: (bytes: Buffer) => void
}

/** A schema that is too large is told so in the report, so that it has to come through. */
const answerBytes = 512 * 1024

/** What JavaScript itself may hold; the rest is for Node and for buffers. */
const heapShare = 0.75

const host = fileURLToPath(new URL(`./host${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url))

/**
 * A collector around a module whose default export is a factory, called without options. Each run is a process of its
 * own, which is killed with everything that it started once it has answered, overstays its deadline, or goes over its
 * limits of memory, output and CPU; between runs there is none, so that it burdens the machine only while it works, and
 * nothing that it leaks can grow. So a module can't keep anything in memory from one report to the next.
 *
 * @param specifier a path to a module or a package folder, or the name of a package, from the working folder
 * @throws {TatuScanError} TATUSCAN_INVALID_OPTION where it is no collector; TATUSCAN_COLLECTOR_FAILED, _TIMEOUT,
 *   _CRASHED, _MEMORY or _OUTPUT where the module did not get as far as to say what it is
 */
export async function isolated (specifier: string, options: IsolatedOptions = {}): Promise<Collector> {
  const { loadTimeoutMs = 5000, signal = new AbortController().signal } = options
  let file: string
  try {
    file = moduleFile(specifier)
  } catch (error) {
    throw new TatuScanError('TATUSCAN_INVALID_OPTION', (error as Error).message, { cause: error })
  }
  const { name, schema } = described(await withDeadline(async (signal) => await ask(file, 'describe', signal, options), {
    timeoutMs: loadTimeoutMs,
    signal,
    tooLong: () => new TatuScanError('TATUSCAN_COLLECTOR_TIMEOUT', `took longer than ${loadTimeoutMs} ms to load`)
  }))
  const collector = {
    name,
    schema,
    async collect ({ signal }: { readonly signal: AbortSignal }) {
      const answer = await ask(file, 'collect', signal, options)
      const now = described(answer)
      if (now.name !== name) throw new TatuScanError('TATUSCAN_COLLECTOR_FAILED', `is called ${now.name} since the module was changed: restart the agent`)
      collector.schema = now.schema
      const told = answer.told ?? undefined
      if (told !== undefined) checkedElsewhere.add(told)
      return told
    }
  }
  return collector
}

async function ask (file: string, task: 'describe' | 'collect', signal: AbortSignal, {
  memoryMb = 256, cpuSeconds = 60, env = childEnvironment(), onOutput = (bytes) => { process.stderr.write(bytes) }
}: IsolatedOptions): Promise<HostAnswer> {
  const heapMb = Math.ceil(memoryMb * heapShare)
  const ended = await runLimited({
    command: process.execPath,
    args: [`--max-old-space-size=${heapMb}`, '--disable-warning=ExperimentalWarning', host, file, task],
    env,
    signal,
    answerOn: 'fd3',
    answerBytes,
    memoryBytes: memoryMb * 2 ** 20,
    cpuSeconds,
    onNoise: onOutput
  })
  if (!ended.answer.includes(0x0a)) throw silent(ended, heapMb)
  return readAnswer(ended.answer)
}

function readAnswer (bytes: Buffer): HostAnswer {
  try {
    const answer = parseStrictJson(bytes.subarray(0, bytes.indexOf(0x0a)))
    if (typeof answer === 'object' && answer !== null) return answer
  } catch {}
  throw nonsense()
}

function parseSchema (text: string | undefined): unknown {
  try {
    return parseJson(text!)
  } catch {
    throw nonsense()
  }
}

function nonsense (): TatuScanError {
  return new TatuScanError('TATUSCAN_COLLECTOR_CRASHED', 'its process answered with nonsense')
}

/** @throws {TatuScanError} what the process said went wrong */
function described ({ name, schema, error }: HostAnswer): { readonly name: string, readonly schema: TSchema } {
  if (error !== undefined) throw new TatuScanError(String(error.code) as ErrorCode, String(error.message))
  const found = { name, schema: parseSchema(schema), collect () {} }
  checkCollectors([found])
  return found as { name: string, schema: TSchema }
}

/** Why there is no answer. */
function silent ({ code, killedBy, noise }: EndedProcess, heapMb: number): TatuScanError {
  if (/heap out of memory|Zone Allocation failed|Array buffer allocation failed/i.test(noise)) {
    return new TatuScanError('TATUSCAN_COLLECTOR_MEMORY', `needed more than the ${heapMb} MiB of memory that JavaScript may hold, and was ended`)
  }
  if (killedBy === 'SIGKILL') return new TatuScanError('TATUSCAN_COLLECTOR_CRASHED', 'its process was ended by the system before it told its facts: it used up its CPU time or the machine’s memory')
  const how = killedBy === null ? `ended with exit code ${code}` : `was ended by ${killedBy}`
  return new TatuScanError('TATUSCAN_COLLECTOR_CRASHED', `its process ${how} before it told its facts`)
}
