import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import fc from 'fast-check'
import { XmlDocument, XsdValidator } from 'libxml2-wasm'
import { parse } from 'plist'
import { editEnvironmentFile, environmentNames } from '../../src/service/environment-file.ts'
import { launchd } from '../../src/service/launchd.ts'
import { unreachable } from '../../src/service/reachable.ts'
import { roles } from '../../src/service/service.ts'
import { systemd } from '../../src/service/systemd.ts'
import { windows } from '../../src/service/windows.ts'
import { run } from '../run.ts'

const awkward = { node: '/opt/R&D <x>/"node" 100% $HOME/bin/node', bin: '/usr/lib/tatuscan.js' }

const withSystemd = existsSync('/usr/bin/systemd-analyze') || process.env.CI === 'true' ? test : test.skip
withSystemd('systemd finds both units without fault, and their exposure at most 2.0 (needs systemd-analyze)', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'tatuscan-units-'))
  t.teardown(async () => await rm(folder, { recursive: true }))
  for (const role of roles) {
    const [unit] = systemd.files({ role, node: process.execPath, bin: '/usr/lib/tatuscan.js' })
    const file = join(folder, systemd.serviceName(role))
    await writeFile(file, unit!.text)
    t.like(spawnSync('systemd-analyze', ['verify', file], { encoding: 'utf8' }), { status: 0, stderr: '', stdout: '' }, role)
    const security = spawnSync('systemd-analyze', ['security', '--offline=true', '--threshold=20', file], { encoding: 'utf8' })
    t.is(security.status, 0, security.stdout.split('\n').at(-2))
    t.log(security.stdout.trim().split('\n').at(-1))
  }
})

test('a unit never gives up, needs no capability, and takes settings that hold secrets from a file alone', (t) => {
  for (const role of roles) {
    const lines = systemd.files({ role, node: '/usr/bin/node', bin: '/usr/lib/tatuscan.js' })[0]!.text.split('\n')
    for (const line of ['Type=exec', 'Restart=always', 'StartLimitIntervalSec=0', 'CapabilityBoundingSet=', `EnvironmentFile=-/etc/tatuscan/${role}.env`]) t.true(lines.includes(line), `${role}: ${line}`)
    t.false(lines.some((line) => line.startsWith('MemoryDenyWriteExecute') || line.startsWith('ProcSubset')), role)
    t.true(lines.includes(`ExecStart=/usr/bin/node /usr/lib/tatuscan.js ${role === 'agent' ? 'daemon' : 'serve'}`))
  }
})

test('the units in deploy/ are what is generated for a Node.js from a package', async (t) => {
  for (const role of roles) {
    const [unit] = systemd.files({ role, node: '/usr/bin/node', bin: '/usr/lib/node_modules/tatuscan/bin/tatuscan.js' })
    t.is(await readFile(new URL(`../../../deploy/systemd/${systemd.serviceName(role)}`, import.meta.url), 'utf8'), unit!.text)
  }
})

test('a path with blanks, quotes and what systemd expands stays one word of the unit', (t) => {
  t.true(systemd.files({ role: 'agent', ...awkward })[0]!.text.includes('ExecStart="/opt/R&D <x>/\\"node\\" 100%% $$HOME/bin/node" /usr/lib/tatuscan.js daemon\n'))
})

test('a property list is one that launchd takes: its keys, their types, and the command whole', (t) => {
  for (const role of roles) {
    const list = parse(launchd.files({ role, ...awkward })[0]!.text) as Record<string, unknown>
    // By launchd.plist(5)
    const types = {
      Label: 'string',
      ProgramArguments: 'object',
      EnvironmentVariables: 'object',
      RunAtLoad: 'boolean',
      KeepAlive: 'boolean',
      ThrottleInterval: 'number',
      ExitTimeOut: 'number',
      Umask: 'number',
      ProcessType: 'string',
      StandardOutPath: 'string',
      StandardErrorPath: 'string'
    }
    t.deepEqual(Object.fromEntries(Object.entries(list).map(([key, value]) => [key, typeof value])), types)
    t.deepEqual(list.ProgramArguments, [awkward.node, `--env-file-if-exists=/etc/tatuscan/${role}.env`, awkward.bin, role === 'agent' ? 'daemon' : 'serve'])
    t.is(list.Label, `org.tatuscan.${role}`)
    t.true(['Standard', 'Background', 'Interactive', 'Adaptive'].includes(list.ProcessType as string))
    t.true(list.KeepAlive)
  }
})

test('WinSW’s file holds what its documentation knows, and the agent keeps the original’s name', async (t) => {
  const schema = XmlDocument.fromString(await readFile(new URL('schemas/winsw.xsd', import.meta.url), 'utf8'))
  const validator = XsdValidator.fromDoc(schema)
  const host = windows({ programData: 'D:\\Data & more' })
  for (const role of roles) {
    const document = XmlDocument.fromString(host.files({ role, node: 'C:\\Program Files\\nodejs\\node.exe', bin: 'C:\\R&D\\tatuscan.js' })[0]!.text)
    t.notThrows(() => validator.validate(document))
    const text = (name: string) => document.get(`/service/${name}`)?.content
    t.is(text('id'), role === 'agent' ? 'TatuScanAgent' : 'TatuScanServer')
    t.is(text('executable'), 'C:\\Program Files\\nodejs\\node.exe')
    t.is(text('arguments'), `"--env-file-if-exists=D:\\Data & more\\TatuScan Service\\${role}.env" "C:\\R&D\\tatuscan.js" ${role === 'agent' ? 'daemon' : 'serve'}`)
    document.dispose()
  }
  const wrong = XmlDocument.fromString('<service><id>a b</id><executable>x</executable></service>')
  t.throws(() => validator.validate(wrong), { message: /id/ }, 'the schema tells')
})

test('each init system is asked, started, stopped and cleared by commands of its own', (t) => {
  const told = (host: typeof systemd, action: 'install' | 'uninstall' | 'stop', changed = true) => host.commands(action, 'agent', { changed, start: true }).map(({ file, args }) => [file, ...args].join(' '))
  t.deepEqual(told(systemd, 'install'), ['systemctl daemon-reload', 'systemctl enable tatuscan-agent.service', 'systemctl restart tatuscan-agent.service'])
  t.is(told(systemd, 'install', false).at(-1), 'systemctl start tatuscan-agent.service')
  t.deepEqual(told(launchd, 'install').at(-1), '/bin/launchctl bootstrap system /Library/LaunchDaemons/org.tatuscan.agent.plist')
  t.deepEqual(told(windows(), 'uninstall'), ['C:\\ProgramData\\TatuScan Service\\TatuScanAgent.exe stop', 'C:\\ProgramData\\TatuScan Service\\TatuScanAgent.exe uninstall'])
})

test('states are read from what launchctl and sc.exe print, in any language of Windows', (t) => {
  const printed = 'system/org.tatuscan.agent = {\n\tactive count = 1\n\tpath = /Library/LaunchDaemons/org.tatuscan.agent.plist\n\tstate = running\n\n\tpid = 481\n\tlast exit code = 1\n}\n'
  t.like(launchd.state('agent', { code: 0, stdout: printed, stderr: '' }), { installed: true, running: true, pid: 481, detail: 'running, last exit code 1' })
  t.like(launchd.state('agent', { code: 113, stdout: '', stderr: 'Could not find service' }), { installed: false, running: false, pid: null })
  const german = '\r\nSERVICE_NAME: TatuScanAgent \r\n        TYP                : 10  WIN32_OWN_PROCESS  \r\n        STATUS             : 4  RUNNING \r\n' +
    '                                (STOPPABLE, NOT_PAUSABLE, ACCEPTS_SHUTDOWN)\r\n        WIN32_BEENDENCODE  : 0  (0x0)\r\n        PID                : 5120\r\n        FLAGS              : \r\n'
  t.like(windows().state('agent', { code: 0, stdout: german, stderr: '' }), { installed: true, running: true, pid: 5120, detail: 'running' })
  t.like(windows().state('agent', { code: 0, stdout: german.replace('4  RUNNING', '1  STOPPED'), stderr: '' }), { running: false, detail: 'stopped' })
  t.like(windows().state('agent', { code: 1060, stdout: '[SC] EnumQueryServicesStatus:OpenService FAILED 1060:\r\n', stderr: '' }), { installed: false, running: false })
})

test('settings are changed in their lines, and everything else of the file stays', (t) => {
  const before = '# ours\nTATUSCAN_URL=http://old\n\nHTTPS_PROXY=http://proxy:3128\nTATUSCAN_URL=http://older\n'
  t.is(editEnvironmentFile(before, { TATUSCAN_URL: 'http://new', TATUSCAN_INTERVAL: '5m' }), '# ours\nTATUSCAN_URL=http://new\n\nHTTPS_PROXY=http://proxy:3128\nTATUSCAN_INTERVAL=5m\n')
  t.is(editEnvironmentFile(before, {}), before)
  t.is(editEnvironmentFile('A=1\n', { A: null }), '')
  t.deepEqual(environmentNames(before), ['TATUSCAN_URL', 'HTTPS_PROXY', 'TATUSCAN_URL'])
  for (const value of ['a\nb', 'it\'s "so"', 'nul\0']) t.throws(() => editEnvironmentFile('', { A: value }), { message: /can't be written/ })
  t.throws(() => editEnvironmentFile('', { 'A B': '1' }), { message: /NAME=value/ })
})

test('Node reads every setting as it was given', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'tatuscan-env-'))
  t.teardown(async () => await rm(folder, { recursive: true }))
  const values = fc.sample(fc.oneof(fc.string({ unit: 'grapheme' }), fc.string({ unit: fc.constantFrom('a', ' ', '\\', '"', '#', '$', '=', '%', '`', 'n', 'é') })), { numRuns: 500, seed: 1 })
    .filter((value) => { // eslint-disable-next-line no-control-regex -- what can't be written is refused
      return value !== '' && !/[\u0000-\u001f\u007f']/.test(value)
    })
  const file = join(folder, 'agent.env')
  await writeFile(file, editEnvironmentFile('', Object.fromEntries(values.map((value, index) => [`V${index}`, value]))))
  const read = JSON.parse(execFileSync(process.execPath, [`--env-file-if-exists=${file}`, '-p', 'JSON.stringify(process.env)'], { encoding: 'utf8', env: {} })) as Record<string, string>
  t.true(values.length > 300)
  t.deepEqual(values.map((_, index) => read[`V${index}`]), values)
})

test('what lies in a home folder or a temporary one is no service', (t) => {
  t.is(unreachable(['/usr/bin/node', '/usr/lib/node_modules/tatuscan/bin/tatuscan.js']), undefined)
  for (const path of ['/home/ana/.nvm/node', '/root/node', '/tmp/node']) t.regex(unreachable(['/usr/bin/node', path])!, new RegExp(`can't run ${path}`))
})

test('--print shows the files of any platform and changes nothing; wrong flags and values end with 2', async (t) => {
  const unit = await run(['service', 'install', '--print'])
  t.is(unit.code, 0)
  t.regex(unit.stdout, /^ExecStart=\S+ \S+tatuscan\.js daemon$/m)
  const plist = await run(['service', 'install', 'server', '--dry-run', '--platform', 'darwin', '--port', '8041'])
  t.regex(plist.stdout, /org\.tatuscan\.server[^]+server\.env\nTATUSCAN_PORT=8041\n/)
  for (const [args, message] of [
    [['server', '--url', 'http://x', '--print'], /--url is nothing that the server takes; it takes --host/],
    [['--url', 'server:8040', '--print'], /--url must look like http/],
    [['--interval', 'soon', '--print'], /a duration such as 60s/],
    [['--token-file', '/nowhere', '--print'], /--token-file names \/nowhere, which does not exist/],
    [['--env', 'nothing', '--print'], /--env takes NAME=VALUE/],
    [['--platform', 'darwin'], /--print/],
    [['robot'], /Expected robot to be one of: agent, server/]
  ] as const) {
    const { code, stderr, stdout } = await run(['service', 'install', ...args])
    t.is(code, 2, args.join(' '))
    t.regex(stderr, message)
    t.is(stdout, '')
  }
})
