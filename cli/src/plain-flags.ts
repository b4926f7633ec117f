import { TatuScanError } from '@tatuscan/core'
import type { FlagSpec } from './agent-flags.ts'

export type Flags = Record<string, string | string[] | boolean>

/**
 * Reads flags that are plainly right, as oclif would. An agent that runs for months should not hold oclif in memory
 * for the one line that started it, and loading oclif takes longer than a whole report.
 *
 * @returns undefined where there is anything to explain: help that is asked for, a flag that is unknown, a value that
 *   is missing or looks like a flag. That is oclif's
 * @throws {TatuScanError} TATUSCAN_INVALID_OPTION, see {@link checkBooleanEnvironment}
 */
export function readPlainFlags (specs: Readonly<Record<string, FlagSpec>>, argv: readonly string[], environment: NodeJS.ProcessEnv = process.env): Flags | undefined {
  const given: Flags = {}
  for (let index = 0; index < argv.length; index++) {
    const [, name = '', inline] = /^--([a-z-]+)(?:=([^]*))?$/.exec(argv[index]!) ?? []
    const spec = Object.hasOwn(specs, name) ? specs[name]! : undefined
    if (spec === undefined) return undefined
    if (spec.boolean) {
      if (inline !== undefined) return undefined
      given[name] = true
      continue
    }
    const value = inline ?? argv[++index]
    if (value === undefined || value.startsWith('-') || !isOption(spec, value)) return undefined
    if (spec.multiple) {
      if (/["'\\]/.test(value)) return undefined // oclif knows about quotes
      given[name] = [...given[name] as string[] | undefined ?? [], ...value.split(',').map((part) => part.trim())]
    } else if (name in given) return undefined
    else given[name] = value
  }
  checkBooleanEnvironment(Object.values(specs).filter(({ boolean }) => boolean).map(({ env }) => env), environment)
  for (const [name, spec] of Object.entries(specs)) {
    const value = environment[spec.env]
    if (name in given || !value) continue
    if (!spec.boolean && !isOption(spec, value)) return undefined
    given[name] = spec.boolean ? yes.includes(value.toLowerCase()) : value
  }
  return given
}

function isOption ({ options }: FlagSpec, value: string): boolean {
  return options === undefined || options.includes(value)
}

const yes = ['1', 'true', 'y', 'yes']
const no = ['0', 'false', 'n', 'no']

/**
 * Oclif takes any text but a few for false.
 *
 * @throws {TatuScanError} TATUSCAN_INVALID_OPTION for a variable that says neither yes nor no
 */
export function checkBooleanEnvironment (names: readonly string[], environment: NodeJS.ProcessEnv = process.env): void {
  for (const name of names) {
    const value = environment[name]
    if (value && ![...yes, ...no].includes(value.toLowerCase())) {
      throw new TatuScanError('TATUSCAN_INVALID_OPTION', `${name} must be ${yes.join(', ')} or ${no.join(', ')}; got ${JSON.stringify(value)}`)
    }
  }
}
