import { Parser } from '@oclif/core'
import test from 'ava'
import fc from 'fast-check'
import { deliveryFlags, collectFlags, reportFlags } from '../src/agent-command.ts'
import { daemonSpecs, reportSpecs, type FlagSpec } from '../src/agent-flags.ts'
import { readPlainFlags } from '../src/plain-flags.ts'
import { run } from './run.ts'

const values = fc.constantFrom('x', 'a,b', 'a, b', 'http://h:1/p?q=1', '60s', 'warn', 'loud', '-x', '--json', '', 'ü', '=', 'a=b', '"q"')
const names = fc.constantFrom(...Object.keys(reportSpecs), 'nonsense', 'js')
const words = fc.oneof(
  fc.tuple(names, values).map(([name, value]) => [`--${name}`, value]),
  fc.tuple(names, values).map(([name, value]) => [`--${name}=${value}`]),
  names.map((name) => [`--${name}`]),
  values.map((value) => [value])
)
const argvs = fc.array(words, { maxLength: 5 }).map((parts) => parts.flat())
const environments = fc.dictionary(
  fc.constantFrom(...Object.values(reportSpecs).map(({ env }) => env)),
  fc.constantFrom('x', 'a,b', 'true', 'FALSE', '1', '0', 'yes', 'no', 'y', 'n', 'warn', ''), { maxKeys: 3 })

for (const [command, specs, flags] of [
  ['daemon', daemonSpecs, { ...collectFlags, ...deliveryFlags }], ['collect', reportSpecs, reportFlags]
] as const) {
  test.serial(`what ${command} reads without oclif is what oclif reads, whatever is written`, async (t) => {
    let plain = 0
    await fc.assert(fc.asyncProperty(argvs, environments, async (argv, environment) => {
      let read
      try {
        read = readPlainFlags(specs as Readonly<Record<string, FlagSpec>>, argv, environment)
      } catch {
        return // a switch that says neither yes nor no, where both refuse
      }
      if (read === undefined) return // oclif's
      plain++
      const before = { ...process.env }
      try {
        Object.assign(process.env, environment)
        const parsed = await Parser.parse(argv, { flags, strict: true })
        const told = Object.fromEntries(Object.entries(parsed.flags as Record<string, unknown>).filter(([, value]) => value !== undefined && value !== false && value !== ''))
        const got = Object.fromEntries(Object.entries(read).filter(([, value]) => value !== false && value !== ''))
        t.deepEqual(got as object, told)
      } finally {
        for (const name of Object.keys(environment)) delete process.env[name]
        Object.assign(process.env, before)
      }
    }), { numRuns: 1000 })
    t.true(plain > 50, `${plain} were read without oclif`)
  })
}

test('a switch in the environment that says neither yes nor no is refused, with oclif and without', async (t) => {
  for (const more of [[], ['--no-collector', '"gpu"']]) {
    const { code, stderr, stdout } = await run(['collect', ...more], { TATUSCAN_JSON: 'banana' })
    t.is(code, 2)
    t.is(stdout, '')
    t.regex(stderr, /^tatuscan: TATUSCAN_JSON must be .*; got "banana"\n$/)
  }
})

test('an interval below a second is refused', async (t) => {
  const { code, stderr } = await run(['daemon', '--url', 'http://127.0.0.1:1', '--interval', '1ms'])
  t.is(code, 2)
  t.regex(stderr, /^tatuscan: the interval must be at least 1s; got 1ms\n$/)
})
