/** A place in which a document's commands are run one after the other, as in one shell, with nothing of this machine's own. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ExecutionContext } from 'ava'
import { freePort } from '../../deploy/test/processes.ts'
import { root } from './markdown.ts'

export interface Ran {
  /** undefined: it goes on, as a server does. */
  readonly code: number | undefined
  readonly stdout: string
  readonly stderr: string
}

export interface Shell {
  /** The folder that stands for the root of the file system where a command names /etc, /var or /opt. */
  readonly place: string
  /** Where commands are typed. */
  readonly work: string
  readonly port: number
  /** Runs a command to its end, or until it says that it serves or has delivered. */
  run (command: string): Promise<Ran>
}

/** What a server, and a daemon at `debug`, say once they do what they are for. */
const atWork = /TatuScan is at|delivered what was kept/

/** What npm may need to reach its registry from where the tests run. */
const wayOut = ['NODE_EXTRA_CA_CERTS', 'HTTPS_PROXY', 'https_proxy', 'NO_PROXY', 'no_proxy']

/**
 * `tatuscan`, `npx tatuscan` and `npm` are this checkout's, the home folder is empty, and port 8040 is another that is free.
 *
 * @param replaced what commands say and what it stands for here
 */
export async function openShell (t: ExecutionContext, replaced: ReadonlyMap<string, string> = new Map()): Promise<Shell> {
  const place = await mkdtemp(join(tmpdir(), 'tatuscan-docs-'))
  const work = join(place, 'work')
  const port = await freePort()
  for (const folder of ['bin', 'home', 'work', 'etc/tatuscan', 'var/lib/tatuscan', 'var/backups', 'var/log']) await mkdir(join(place, folder), { recursive: true })
  for (const name of ['examples', 'deploy', 'package.json', 'node_modules']) await symlink(join(root, name), join(work, name))
  await script(join(place, 'bin/tatuscan'), `exec ${process.execPath} ${join(root, 'cli/bin/tatuscan.js')} "$@"`)
  await script(join(place, 'bin/npx'), 'exec "$@"')

  const memory = { environment: join(place, 'environment'), folder: join(place, 'folder') }
  await writeFile(memory.environment, '')
  await writeFile(memory.folder, work)
  const env = {
    ...Object.fromEntries(wayOut.flatMap((name) => process.env[name] === undefined ? [] : [[name, process.env[name]]])),
    PATH: `${join(place, 'bin')}:${dirname(process.execPath)}:${join(root, 'node_modules/.bin')}:${process.env.PATH}`,
    HOME: join(place, 'home'),
    TATUSCAN_PORT: String(port),
    TATUSCAN_FACTS_DIR: join(place, 'etc/tatuscan/facts.d'),
    TATUSCAN_STATE_DIR: join(place, 'home/state'),
    npm_config_userconfig: join(homedir(), '.npmrc'),
    npm_config_cache: join(homedir(), '.npm'),
    CI: 'true'
  }
  const inPlace = (command: string): string => [...replaced, ...standIns(place, port)].reduce((text, [from, to]) => text.replaceAll(from, to), command)

  const started: { child: ChildProcess, closed: Promise<unknown> }[] = []
  t.teardown(async () => {
    for (const { child, closed } of started) {
      if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid!, 'SIGTERM')
      await closed
    }
    await rm(place, { recursive: true, force: true, maxRetries: 3 })
  })

  return {
    place,
    work,
    port,
    async run (command) {
      const wrapped = `set -o pipefail; . ${memory.environment}; cd "$(cat ${memory.folder})"\n${inPlace(command)}\ncode=$?\nexport -p > ${memory.environment}; pwd > ${memory.folder}\nexit $code`
      const child = spawn('/bin/bash', ['-c', wrapped], { env: { ...env, ...command.includes('daemon') && { TATUSCAN_LOG_LEVEL: 'debug' } }, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
      const closed = once(child, 'close')
      started.push({ child, closed })
      const told = { stdout: '', stderr: '' }
      for (const stream of ['stdout', 'stderr'] as const) child[stream].setEncoding('utf8').on('data', (chunk: string) => { told[stream] += chunk })
      for (const end = Date.now() + 120_000; child.exitCode === null && !atWork.test(told.stderr);) {
        if (Date.now() > end) throw new Error(`${command} does not end: ${told.stdout}${told.stderr}`)
        await sleep(20)
      }
      if (child.exitCode !== null) await closed
      return { code: child.exitCode ?? undefined, ...told }
    }
  }
}

function standIns (place: string, port: number): [string, string][] {
  const folders = ['/etc/tatuscan', '/var/lib/tatuscan', '/var/backups', '/var/log/tatuscan.jsonl'].map((path): [string, string] => [path, place + path])
  return [...folders, ['127.0.0.1:8040', `127.0.0.1:${port}`], ['localhost:8040', `127.0.0.1:${port}`], ['npm ci && ', '']]
}

async function script (file: string, text: string): Promise<void> {
  await writeFile(file, `#!/bin/sh\n${text}\n`)
  await chmod(file, 0o755)
}
