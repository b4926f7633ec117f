/** Database servers of a test's own, which it may stop, crash and start again. They end with the test. */
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, globSync } from 'node:fs'
import { chmod, chown, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { ExecutionContext } from 'ava'
import mysql from 'mysql2/promise'
import pg from 'pg'

const run = promisify(execFile)

export interface OwnServer {
  readonly url: string
  start (): Promise<void>
  /** Ends it without a chance to tidy up. */
  crash (): Promise<void>
  /** Makes it hang, and go on. */
  signal (signal: 'SIGSTOP' | 'SIGCONT'): Promise<void>
}

/** Where the programs of a server are; undefined where it is not installed. */
export const programs = {
  postgresql: globSync('/usr/lib/postgresql/*/bin').find((folder) => existsSync(join(folder, 'initdb'))),
  mysql: ['/usr/sbin/mariadbd', '/usr/sbin/mysqld'].find((file) => existsSync(file))
}

export async function ownServer (t: ExecutionContext, kind: 'postgresql' | 'mysql'): Promise<OwnServer> {
  const folder = await mkdtemp(join(tmpdir(), `tatuscan-${kind}-`))
  const port = await freePort()
  const user = await systemUser(kind === 'postgresql' ? 'postgres' : 'mysql')
  await chmod(folder, 0o755)
  // A MariaDB that starts deletes the temporary tables in its folder, so it must not share one with another that runs.
  const temporary = join(folder, 'tmp')
  await mkdir(temporary)
  if (user !== undefined) for (const each of [folder, temporary]) await chown(each, user.uid, user.gid)
  const as = user ?? {}
  const data = join(folder, 'data')
  if (kind === 'postgresql') await run(join(programs.postgresql!, 'initdb'), ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-sync'], as)
  else await run('mariadb-install-db', ['--no-defaults', `--datadir=${data}`, `--tmpdir=${temporary}`, '--auth-root-authentication-method=normal', '--skip-test-db', '--skip-name-resolve'], as)

  const [file, ...args] = kind === 'postgresql'
    ? [join(programs.postgresql!, 'postgres'), '-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', folder]
    : [programs.mysql!, '--no-defaults', `--datadir=${data}`, `--tmpdir=${temporary}`, `--port=${port}`, '--bind-address=127.0.0.1', `--socket=${join(folder, 'socket')}`, '--innodb-flush-log-at-trx-commit=1']
  let server: ChildProcess | undefined
  const url = kind === 'postgresql' ? `postgresql://postgres@127.0.0.1:${port}/postgres` : `mysql://root@127.0.0.1:${port}/tatuscan`

  async function answers (): Promise<void> {
    if (kind === 'postgresql') {
      const client = new pg.Client({ connectionString: url })
      await client.connect()
      await client.end()
    } else {
      const connection = await mysql.createConnection(new URL('/', url).href.replace(/\/$/, ''))
      await connection.query('create database if not exists tatuscan')
      await connection.end()
    }
  }

  async function crash (): Promise<void> {
    if (server === undefined) return
    const gone = once(server, 'exit')
    // SIGQUIT is PostgreSQL's immediate shutdown, which recovers as from a crash, and takes its children along.
    server.kill(kind === 'postgresql' ? 'SIGQUIT' : 'SIGKILL')
    server = undefined
    await gone
  }

  async function start (): Promise<void> {
    server = spawn(file!, args, { ...as, stdio: 'ignore' })
    for (let attempt = 0; ; attempt++) {
      try {
        return await answers()
      } catch (error) {
        if (attempt === 150) throw error
        await sleep(100)
      }
    }
  }

  t.teardown(async () => {
    await crash()
    await rm(folder, { recursive: true, force: true })
  })
  await start()
  return {
    url,
    start,
    crash,
    async signal (signal) {
      const { stdout } = await run('pgrep', ['-P', String(server!.pid)]).catch(() => ({ stdout: '' })) // PostgreSQL's processes
      for (const pid of [server!.pid!, ...stdout.split('\n').filter(Boolean).map(Number)]) process.kill(pid, signal)
    }
  }
}

/** These servers refuse to run as root, so root runs them as the user that their package made. */
async function systemUser (name: string): Promise<{ uid: number, gid: number } | undefined> {
  if (userInfo().uid !== 0) return undefined
  const [uid, gid] = await Promise.all(['-u', '-g'].map(async (what) => Number((await run('id', [what, name])).stdout)))
  return { uid: uid!, gid: gid! }
}

async function freePort (): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
