import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import test, { type ExecutionContext } from 'ava'
import { run, start } from './run.ts'

const fixture = (name: string) => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url))

function temporary (t: ExecutionContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'tatuscan-cli-identity-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

async function until (what: string, look: () => boolean): Promise<void> {
  for (const end = Date.now() + 60_000; !look();) {
    if (Date.now() > end) throw new Error(`waited in vain: ${what}`)
    await sleep(20)
  }
}

/** A server that takes every report, and what came. */
async function receiver (t: ExecutionContext): Promise<{ url: string, received: any[] }> {
  const received: any[] = []
  const server = createServer(async (request, response) => {
    const chunks = await request.toArray()
    const body = JSON.parse(Buffer.concat(chunks).toString())
    received.push(...Array.isArray(body) ? body : [body])
    response.writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify(Array.isArray(body) ? { results: body.map(({ report_id }) => ({ report_id, status: 200 })) } : {}))
  }).listen(0, '127.0.0.1')
  t.teardown(() => { server.closeAllConnections(); server.close() })
  await once(server, 'listening')
  return { url: `http://127.0.0.1:${(server.address() as { port: number }).port}`, received }
}

test('identity says which machine this is, and every command says the same', async (t) => {
  const env = { TATUSCAN_STATE_DIR: join(temporary(t), 'state') }
  const { code, stdout, stderr } = await run(['identity', '--json'], env)
  t.is(code, 0)
  t.is(stderr, '')
  const explained = JSON.parse(stdout)
  t.regex(explained.machine_id, /^[0-9a-f]{64}$/)
  t.is(explained.outcome, 'new')
  t.is(explained.kept.file, join(env.TATUSCAN_STATE_DIR, 'identity.json'))
  t.deepEqual(explained.passed_over.find(({ name }: { name: string }) => name === 'lo'), { name: 'lo', mac: null, passed_over: 'loopback' })
  t.is(JSON.parse((await run(['collect', '--json'], env)).stdout).machine_id, explained.machine_id)

  const table = await run(['identity'], env)
  t.is(table.code, 0)
  for (const part of [/^Identity$/m, new RegExp(`^ {2}Machine id +${explained.machine_id}$`, 'm'), /^ {2}Why +kept: /m, /^Passed over$/m, /^ {2}lo +loopback$/m]) t.regex(table.stdout, part)
})

test('identity says where it can’t be kept, and of what placeholder it took no notice', async (t) => {
  const file = join(temporary(t), 'file')
  writeFileSync(file, '')
  const { code, stdout } = await run(['identity', '--json'], { TATUSCAN_STATE_DIR: join(file, 'state') })
  t.is(code, 0)
  const { kept, warnings } = JSON.parse(stdout)
  t.is(kept, null)
  t.regex(warnings[0], /can't be kept in .*TATUSCAN_STATE_DIR/)
})

test('identity reset forgets what is kept, says so, and does nothing on a dry run', async (t) => {
  const folder = join(temporary(t), 'state')
  const env = { TATUSCAN_STATE_DIR: folder }
  const { machine_id } = JSON.parse((await run(['identity', '--json'], env)).stdout)
  const dry = await run(['identity', 'reset', '--dry-run'], env)
  t.is(dry.code, 0)
  t.regex(dry.stdout, new RegExp(`^Would remove .*identity\\.json, the identity ${machine_id}`))
  t.true(existsSync(join(folder, 'identity.json')))
  const done = await run(['identity', 'reset', '--json'], env)
  t.deepEqual(JSON.parse(done.stdout), { machine_id, folder, removed: true, dry_run: false })
  t.deepEqual(readdirSync(folder), [])
  t.regex((await run(['identity', 'reset'], env)).stdout, /^There is no identity/)
})

test('a second daemon with the same state folder ends with 2 and one line that names the first; collect and kill -9 are fine', async (t) => {
  const { url, received } = await receiver(t)
  const env = { TATUSCAN_STATE_DIR: join(temporary(t), 'state') }
  const first = start(['daemon', '--url', url, '--interval', '1s'], env)
  t.teardown(() => first.child.kill('SIGKILL'))
  await until('two reports', () => received.length >= 2)
  const second = await run(['daemon', '--url', url], env)
  t.is(second.code, 2)
  t.regex(second.stderr, new RegExp(`^tatuscan: an agent is already running as process ${first.child.pid} [^\\n]*\\n$`))
  const reset = await run(['identity', 'reset'], env)
  t.is(reset.code, 2)
  t.regex(reset.stderr, new RegExp(`process ${first.child.pid} .*stop it first`))
  t.is((await run(['collect', '--send', '--url', url], env)).code, 0)

  first.child.kill('SIGKILL')
  await first.finished
  const before = received.length
  const third = start(['daemon', '--url', url, '--interval', '1s'], env)
  t.teardown(() => third.child.kill('SIGKILL'))
  await until('a report of the next one', () => received.length > before)
  third.child.kill('SIGTERM')
  t.is((await third.finished).code, 0)
  t.false(existsSync(join(env.TATUSCAN_STATE_DIR, 'daemon.lock')))
  t.is(new Set(received.map(({ machine_id: id }) => id)).size, 1)
})

test('an agent whose cycles no longer end is ended with 1, and one line says why', async (t) => {
  const { code, stderr } = await run(['daemon', '--interval', '1s', '--timeout', '500ms', '--config', fixture('stuck.config.js')])
  t.is(code, 1)
  t.regex(stderr, /^tatuscan: no cycle has ended within 5 intervals of 1000 ms[^\n]*\n$/m)
})

test('the log is JSON lines; at debug it says of each interface why it was passed over; the token is nowhere in it', async (t) => {
  const { url, received } = await receiver(t)
  const daemon = start(['daemon', '--url', url, '--interval', '1s', '--log-level', 'debug'], { TATUSCAN_TOKEN: 'not-for-logs' })
  t.teardown(() => daemon.child.kill('SIGKILL'))
  await until('three reports', () => received.length >= 3)
  daemon.child.kill('SIGTERM')
  const { code, stderr } = await daemon.finished
  t.is(code, 0)
  const lines = stderr.trim().split('\n').map((line) => JSON.parse(line))
  const passedOver = lines.filter(({ msg }) => /^the interface .* was passed over/.test(msg))
  t.is(passedOver.filter(({ interface: name }) => name === 'lo').length, 1, 'once, not with every report')
  t.like(passedOver.find(({ interface: name }) => name === 'lo'), { level: 20, why: 'loopback' })
  t.true(lines.some(({ msg, machine_id: id }) => msg === `this machine is ${id}` && id === received[0].machine_id))
  t.false(stderr.includes('not-for-logs'))
})

test('an agent that is well logs nothing', async (t) => {
  const { url, received } = await receiver(t)
  const state = temporary(t)
  writeFileSync(join(state, 'identity.json'), JSON.stringify({ machine_id: 'ab'.repeat(32), basis: 'physical-macs', evidence: { physical_macs: ['00:1b:21:aa:bb:cc'] }, since: '2025-01-01T00:00:00.000Z' }))
  const daemon = start(['daemon', '--url', url, '--interval', '1s'], { TATUSCAN_STATE_DIR: state })
  t.teardown(() => daemon.child.kill('SIGKILL'))
  await until('two reports', () => received.length >= 2)
  daemon.child.kill('SIGTERM')
  const { code, stderr } = await daemon.finished
  t.deepEqual([code, stderr], [0, ''])
  t.is(received[0].machine_id, 'ab'.repeat(32))
})

const script = '/usr/bin/script'
const onTerminal = existsSync(script) || process.env.CI === 'true' ? test : test.skip
onTerminal('on a terminal the log is for people (needs script)', async (t) => {
  const { PATH } = process.env
  const bin = fileURLToPath(new URL('../bin/tatuscan.js', import.meta.url))
  const { stdout } = spawnSync(script, ['-qec', `timeout -s TERM 8 ${process.execPath} ${bin} daemon --url http://127.0.0.1:1 --interval 1s`, '/dev/null'], {
    env: { PATH, HOME: '/tmp', TATUSCAN_STATE_DIR: temporary(t) }, encoding: 'utf8', input: ''
  })
  t.regex(stdout, /WARN.*could not be reached/)
  t.notRegex(stdout, /^\{"level"/m)
})

const ip = ['/usr/sbin/ip', '/sbin/ip'].find((path) => existsSync(path))
const inNamespace = process.platform === 'linux' && process.getuid?.() === 0 && ip !== undefined &&
  spawnSync('unshare', ['-n', '-m', 'true']).status === 0
  ? test
  : test.skip
inNamespace('in a network namespace whose only NIC looks physical, the id is the original’s, and its identity outlives the NIC (needs root, ip and unshare)', (t) => {
  const folder = temporary(t)
  const bin = fileURLToPath(new URL('../bin/tatuscan.js', import.meta.url))
  // sysfs tells which interfaces have a device behind them; a copy of what it says, with the link turned, is bound over it.
  const commands = `set -e
mount --make-rprivate /
ip link set lo up
ip link add nic0 type veth peer name nic1
ip link set nic1 up
ip link set nic0 address 00:1b:21:aa:bb:cc
ip address add 192.168.77.2/24 dev nic0
ip link set nic0 up
mount -t sysfs sysfs /sys
mkdir -p ${folder}/net ${folder}/devices/pci0000:00/net ${folder}/devices/virtual/net
cp -r --no-preserve=all /sys/devices/virtual/net/lo ${folder}/devices/virtual/net/ 2>/dev/null || true
mkdir -p ${folder}/devices/pci0000:00/net/enp3s0
for file in address flags ifindex operstate type; do cat /sys/class/net/nic0/$file > ${folder}/devices/pci0000:00/net/enp3s0/$file; done
ip link set nic0 down; ip link set nic0 name enp3s0; ip link set enp3s0 up
cat /sys/class/net/enp3s0/flags > ${folder}/devices/pci0000:00/net/enp3s0/flags
ln -s ${folder}/devices/pci0000:00/net/enp3s0 ${folder}/net/enp3s0
ln -s ${folder}/devices/virtual/net/lo ${folder}/net/lo
mount --bind ${folder}/net /sys/class/net
export TATUSCAN_STATE_DIR=${folder}/state
"$1" "$2" collect --json > ${folder}/before.json
ip link set enp3s0 down
echo 0x82 > ${folder}/devices/pci0000:00/net/enp3s0/flags
"$1" "$2" collect --json > ${folder}/after.json`
  const { status, stderr } = spawnSync('unshare', ['-n', '-m', 'sh', '-c', commands, 'sh', process.execPath, bin], { encoding: 'utf8', env: { PATH: `${process.env.PATH}:/usr/sbin:/sbin`, HOME: '/tmp' } })
  t.is(status, 0, stderr)
  const report = (name: string) => JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'))
  t.like(report('before'), { machine_id: 'b151a34bbc369886058cd96579b5356b29a47fb9bd81bf1bcef4189046a7c65e', ip: '192.168.77.2' })
  t.deepEqual(report('before').facts.network.physical_macs, ['00:1b:21:aa:bb:cc'])
  t.deepEqual(report('after').facts.network.physical_macs, [])
  t.is(report('after').machine_id, report('before').machine_id)
})
