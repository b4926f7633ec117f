import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import test from 'ava'
import { bin, run } from '../run.ts'
import { bootSystemd, canBoot } from './booted-systemd.ts'

const booted = canBoot || process.env.CI === 'true' ? test.serial : test.skip

booted('under a real systemd both services are installed, report, are restarted when killed, and go (needs root and systemd-nspawn)', async (t) => {
  const { run: inside, tatuscan, end } = await bootSystemd()
  t.teardown(end)
  const property = async (role: string, name: string) => (await inside('systemctl', 'show', '--value', '--property', name, `tatuscan-${role}`)).stdout.trim()
  const until = async (what: string, look: () => Promise<boolean>) => {
    for (let attempt = 0; attempt < 300; attempt++) {
      if (await look()) return
      await sleep(200)
    }
    t.fail(`waited in vain: ${what}`)
  }
  const listed = async () => JSON.parse((await inside('curl', '--silent', 'http://127.0.0.1:8040/api/machines')).stdout || '{"items":[]}').items as any[]

  t.like(await tatuscan('service', 'status'), { code: 1, stdout: 'No service is installed here: sudo tatuscan service install\n' })
  const nowhere = await tatuscan('service', 'install')
  t.is(nowhere.code, 2)
  t.regex(nowhere.stderr, /no server is named/)
  t.is((await tatuscan('service', 'install', 'server', '--env', 'TATUSCAN_AUTH=none')).code, 0)

  const install = async () => await tatuscan('service', 'install', '--url', 'http://127.0.0.1:8040', '--interval', '1s', '--env', 'ODD=a \'b %h', '--env', 'ALSO="q" \\n $HOME #')
  const first = await install()
  t.is(first.code, 0, first.stderr)
  t.regex(first.stdout, /Wrote \/etc\/systemd\/system\/tatuscan-agent\.service\nWrote \/etc\/tatuscan\/agent\.env\n/)
  t.is((await inside('stat', '--format', '%a', '/etc/tatuscan/agent.env')).stdout, '600\n')
  await until('a second report', async () => (await listed())[0]?.updated_at != null)
  t.like((await listed())[0], { os: 'linux', status: 'online' })

  const pid = await property('agent', 'MainPID')
  const environment = (await inside('cat', `/proc/${pid}/environ`)).stdout.split('\0')
  for (const line of ['ODD=a \'b %h', 'ALSO="q" \\n $HOME #', 'TATUSCAN_STATE_DIR=/var/lib/tatuscan']) t.true(environment.includes(line), line)
  const status = (await inside('cat', `/proc/${pid}/status`)).stdout
  t.regex(status, /^CapBnd:\s0000000000000000$/m)
  t.regex(status, /^Seccomp:\s2$/m)
  t.not((await inside('stat', '--format', '%u', '/var/lib/private/tatuscan-server/tatuscan.db')).stdout, '0\n', 'the server is not root')

  t.regex((await install()).stdout, /^Unchanged: tatuscan-agent/)
  t.is(await property('agent', 'MainPID'), pid, 'and not restarted')
  await inside('kill', '-9', pid)
  await until('a restart', async () => await property('agent', 'NRestarts') === '1' && await property('agent', 'ActiveState') === 'active')
  t.like(JSON.parse((await tatuscan('service', 'status', 'agent', '--json')).stdout), { installed: true, running: true, enabled: true })

  t.is((await tatuscan('service', 'stop')).code, 0)
  t.is(await property('agent', 'ExecMainStatus'), '0', 'ended in good order')
  const stopped = await tatuscan('service', 'status')
  t.is(stopped.code, 1)
  t.regex(stopped.stdout, /^tatuscan-agent\.service: inactive \(dead\), automatic restarts: 1\ntatuscan-server\.service: active \(running\)/)
  t.is((await tatuscan('service', 'start')).code, 0)
  t.is((await tatuscan('service', 'restart')).code, 0)

  const journal = (await inside('journalctl', '--no-pager', '--output', 'cat', '--unit', 'tatuscan-*')).stdout
  t.notRegex(journal, /EACCES|EPERM|EROFS|denied|not permitted|read-only/i)

  t.regex((await tatuscan('service', 'uninstall')).stdout, /Kept its settings and data \(--purge removes them\): \/etc\/tatuscan\/agent\.env, \/var\/lib\/tatuscan/)
  t.is((await tatuscan('service', 'start')).code, 2, 'what is not installed is not started')
  t.is((await tatuscan('service', 'uninstall', 'server', '--purge')).code, 0)
  t.deepEqual((await inside('bash', '-c', 'ls -d /etc/systemd/system/tatuscan* /etc/systemd/system/*/tatuscan* /var/lib/private/tatuscan* 2> /dev/null')).stdout, '')
})

const withoutSystemd = process.platform === 'linux' && process.getuid!() === 0 && !existsSync('/run/systemd/system') ? test : test.skip
withoutSystemd('where no systemd runs, installing ends with 2 and says what to run instead (needs root, and no systemd)', async (t) => {
  const { code, stderr } = await run(['service', 'install', '--url', 'http://127.0.0.1:1'])
  t.is(code, 2)
  t.regex(stderr, /^tatuscan: [^\n]+\n$/)
  t.regex(stderr, /systemd is not running here: let whatever supervises this system run \S+node \S+tatuscan\.js daemon, or/)
})

const asNobody = process.platform === 'linux' && process.getuid!() === 0 ? test : test.skip
asNobody('who is not root is told to use sudo, with the whole command', async (t) => {
  // In a user namespace that maps nobody root is no longer root, and may read what it could.
  const { status, stderr } = spawnSync('unshare', ['--user', process.execPath, bin, 'service', 'stop', 'server'], { encoding: 'utf8' })
  t.is(status, 2)
  t.regex(stderr, /only root may stop a service: sudo tatuscan service stop server/)
})
