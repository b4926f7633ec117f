import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { keepIdentity, readKeptIdentity, removeKeptIdentity, type FactsByCollector, type Failure } from '../../src/index.ts'

const osId = '3d1219c7c4c5404aaa1f6d2a48adfda4'
const network = (...macs: string[]) => ({ physical_macs: macs, interfaces: [] })
const failure = (collector: string): Failure => ({ collector, code: 'TATUSCAN_COLLECTOR_TIMEOUT', message: 'took longer than 5000 ms', ms: 5000 })
const nic = '00:1b:21:aa:bb:cc'
const originalId = 'b151a34bbc369886058cd96579b5356b29a47fb9bd81bf1bcef4189046a7c65e'

function temporary (t: ExecutionContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'tatuscan-identity-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** An agent that starts with this state folder; what it is told of is in `warnings`. */
function agent (folder: string) {
  const warnings: string[] = []
  const decide = keepIdentity({ folder, onWarning: (message) => warnings.push(message) })
  return { warnings, sees: (facts: FactsByCollector, failures: Failure[] = []) => decide(facts, failures) }
}

test('the identity is kept in a folder for its owner alone, and no half file is left', (t) => {
  const folder = join(temporary(t), 'deep', 'state')
  const { machine_id } = agent(folder).sees({ network: network(nic), os: { machine_id: osId } })
  t.is(machine_id, originalId)
  t.is(statSync(folder).mode & 0o777, 0o700)
  t.is(statSync(join(folder, 'identity.json')).mode & 0o777, 0o600)
  t.deepEqual(readdirSync(folder), ['identity.json'])
  t.like(readKeptIdentity(folder), { machine_id: originalId, basis: 'physical-macs', evidence: { physical_macs: [nic], os_machine_id: osId, hardware_uuid: null } })
  t.is(agent(folder).sees({ network: network(), os: { machine_id: osId } }).machine_id, originalId, 'the next agent is the same machine, its NIC gone')
})

test('a machine without evidence keeps its random id over restarts', (t) => {
  const folder = temporary(t)
  const { machine_id, basis } = agent(folder).sees({ network: network(), os: {} })
  t.is(basis, 'random')
  t.is(readKeptIdentity(folder)!.machine_id, machine_id)
})

test('of two agents that start at once the one that comes second takes the first one’s identity', (t) => {
  const folder = temporary(t)
  const second = agent(folder)
  t.is(second.sees({ os: { machine_id: osId } }).basis, 'os-machine-id', 'it has looked for the file before there is one')
  agent(folder).sees({ network: network(nic), os: { machine_id: osId } })
  t.is(second.sees({ network: network('00:1b:21:aa:bb:cd'), os: { machine_id: osId } }).machine_id, originalId)
})

test('a collector that failed leaves the identity open: nothing is kept, and nothing made up', (t) => {
  const folder = temporary(t)
  const first = agent(folder)
  t.throws(() => first.sees({ cpu: {} }, [failure('network'), failure('os')]), { code: 'TATUSCAN_NO_IDENTITY', message: /collector network and the collector os failed/ } as object)
  const { basis, pending } = first.sees({ os: { machine_id: osId } }, [failure('network')])
  t.deepEqual([basis, pending], ['os-machine-id', 'the collector network failed'])
  t.throws(() => first.sees({ network: network() }, [failure('os')]), { code: 'TATUSCAN_NO_IDENTITY' } as object)
  t.false(existsSync(join(folder, 'identity.json')))
  const macs = first.sees({ network: network(nic) }, [failure('os')])
  t.deepEqual([macs.machine_id, macs.pending], [originalId, undefined], 'the NIC is enough')
})

test('a clone can’t be told while the collector os fails, so that is waited for, once', (t) => {
  const folder = temporary(t)
  agent(folder).sees({ network: network(nic), os: { machine_id: osId } })
  const next = agent(folder)
  t.is(next.sees({ network: network(nic) }, [failure('os')]).pending, 'the collector os failed')
  t.is(next.sees({ network: network(nic), os: { machine_id: osId } }).pending, undefined)
  t.is(next.sees({ network: network(nic) }, [failure('os')]).pending, undefined, 'it is known by now')
})

test('a fallback is not kept while a NIC has no IPv4 yet, and then the NIC decides', (t) => {
  const folder = temporary(t)
  const early = agent(folder)
  const waiting = { physical_macs: [], interfaces: [{ name: 'eth0', mac: nic, passed_over: 'no IPv4' }] }
  t.like(early.sees({ network: waiting, os: { machine_id: osId } }), { basis: 'os-machine-id', pending: 'eth0 has no IPv4 yet' })
  t.false(existsSync(join(folder, 'identity.json')))
  t.is(early.sees({ network: network(nic), os: { machine_id: osId } }).machine_id, originalId)
})

test('a renewal is written, and told once, naming what was and what is', (t) => {
  const folder = temporary(t)
  agent(folder).sees({ network: network(nic), os: { machine_id: osId } })
  const clone = agent(folder)
  const { machine_id } = clone.sees({ network: network('00:1b:21:aa:bb:cd'), os: { machine_id: 'f'.repeat(31) + 'e' } })
  clone.sees({ network: network(), os: { machine_id: 'f'.repeat(31) + 'e' } })
  t.is(clone.warnings.length, 1)
  t.true(clone.warnings[0]!.includes(osId) && clone.warnings[0]!.includes(machine_id))
  t.is(readKeptIdentity(folder)!.machine_id, machine_id)
})

for (const [what, text] of [['cut short', '{"machine_id":"b151'], ['empty', ''], ['another’s', '{"machine_id":5,"basis":"random"}'], ['a list', '[]'], ['binary', '\u0000\u0001\ufffd']] as const) {
  test(`a file that is ${what} is moved aside and said, and the identity derived anew`, (t) => {
    const folder = temporary(t)
    writeFileSync(join(folder, 'identity.json'), text)
    const next = agent(folder)
    t.is(next.sees({ network: network(nic), os: { machine_id: osId } }).machine_id, originalId)
    t.is(readFileSync(join(folder, 'identity.json.damaged'), 'utf8'), text)
    t.is(next.warnings.length, 1)
    t.regex(next.warnings[0]!, /identity\.json holds no identity; it was moved to .*identity\.json\.damaged/)
    t.is(readKeptIdentity(folder)!.machine_id, originalId)
  })
}

test('where the folder can’t be made there is an identity all the same, which stays, and one warning that says what to do', (t) => {
  const file = join(temporary(t), 'file')
  writeFileSync(file, '')
  const unkept = agent(join(file, 'state'))
  t.is(unkept.sees({ network: network(nic), os: { machine_id: osId } }).machine_id, originalId)
  t.is(unkept.sees({ network: network(nic, '00:e0:4c:68:0a:1b'), os: { machine_id: osId } }).machine_id, originalId, 'a dock is no other machine')
  t.is(unkept.warnings.length, 1)
  t.regex(unkept.warnings[0]!, /make it writable, or name another folder in TATUSCAN_STATE_DIR/)
})

test('an identity that can’t be read is not written over', (t) => {
  const folder = temporary(t)
  mkdirSync(join(folder, 'identity.json'))
  chmodSync(folder, 0o700)
  const unkept = agent(folder)
  t.is(unkept.sees({ network: network(nic), os: { machine_id: osId } }).machine_id, originalId)
  t.is(unkept.warnings.length, 1)
  t.true(statSync(join(folder, 'identity.json')).isDirectory())
})

test('forgetting removes what is kept and what was moved aside, and says whether there was any', (t) => {
  const folder = temporary(t)
  t.false(removeKeptIdentity(folder))
  writeFileSync(join(folder, 'identity.json.damaged'), '')
  agent(folder).sees({ network: network(nic), os: { machine_id: osId } })
  t.true(removeKeptIdentity(folder))
  t.deepEqual(readdirSync(folder), [])
  t.false(removeKeptIdentity(join(folder, 'nowhere')))
})

const withPipes = process.platform === 'win32' ? test.skip : test
withPipes('a pipe in the place of the file is said, and nothing waits for it', (t) => {
  const folder = temporary(t)
  spawnSync('mkfifo', [join(folder, 'identity.json')])
  const next = agent(folder)
  t.is(next.sees({ network: network(nic), os: { machine_id: osId } }).machine_id, originalId)
  t.is(next.warnings.length, 1)
  t.regex(next.warnings[0]!, /identity\.json can't be read \(it is no file\)/)
})
