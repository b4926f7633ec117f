import { existsSync } from 'node:fs'
import { spawnSync } from 'node:child_process'
import test from 'ava'

const underProc = existsSync('/proc/self') ? test : test.skip
const core = new URL('../src/index.ts', import.meta.url).href

underProc('a state folder that can’t be made, as below /proc, is said and never waited for', (t) => {
  const code = `
    import { keepIdentity, keepReportIds, lockInstance } from '${core}'
    const folder = '/proc/x/tatuscan'
    keepIdentity({ folder, onWarning: console.log })({ network: { physical_macs: [], interfaces: [] }, os: { machine_id: 'a'.repeat(31) + 'b' } }, [])
    keepReportIds({ folder }).next()
    lockInstance(folder)()
    console.log('done')`
  const { stdout, stderr, signal } = spawnSync(process.execPath, ['--input-type=module', '--eval', code], { encoding: 'utf8', timeout: 10_000, killSignal: 'SIGKILL' })
  t.is(signal, null)
  t.regex(stdout, /^the identity can't be kept in \/proc\/x\/tatuscan: make it writable[^\n]*ENOENT[^\n]*\ndone\n$/, stderr)
})
