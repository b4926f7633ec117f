import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { createDatabase } from '../databases.ts'
import { createOracle } from './oracle.ts'
import { startServer } from './start-server.ts'
import { withStrace } from './strace.ts'

withStrace('sqlite: in a trace of the system calls of 2,000 reports every 2xx follows the fsync of its commit, also after a restart; a thread waits for the disk that answers nobody', async (t) => {
  t.timeout(120_000)
  const { url, drop } = await createDatabase('sqlite')
  const folder = await mkdtemp(join(tmpdir(), 'tatuscan-trace-'))
  t.teardown(async () => {
    await drop()
    await rm(folder, { recursive: true })
  })
  for (const time of ['new', 'restarted']) {
    const trace = join(folder, time)
    const server = await startServer(url, { command: ['strace', '-f', '-y', '-s', '16', '-o', trace, '-e', 'trace=read,write,writev,pwrite64,fsync,fdatasync'] })
    const oracle = createOracle({ machines: 64 })
    const load = oracle.load(() => [server.url])
    const soFar = async () => read(await readFile(trace, 'utf8'))
    for (let seen = await soFar(); seen.acknowledged < 1000 || seen.apart === 0; seen = await soFar()) await new Promise((resolve) => setTimeout(resolve, 200))
    await load.stop()
    await server.end('SIGTERM')
    const { acknowledged, early, commits, apart } = await soFar()
    t.true(commits > 10, `${commits} commits were seen`)
    t.deepEqual(early, [], time)
    t.log(`${time}: ${acknowledged} answers after ${commits} commits, ${apart} of them by a thread of their own`)
  }
})

/**
 * Reads a trace: an answer is early where its request came after the last fsync of the write-ahead log, or where something
 * was written to the log that no fsync has followed. `apart` counts the commits of threads that answered nothing.
 */
function read (trace: string): { acknowledged: number, early: string[], commits: number, apart: number } {
  const requested = new Map<string, number>()
  const early: string[] = []
  let acknowledged = 0
  const syncs: string[] = []
  const answering = new Set<string>()
  let synced = -1
  let unsynced = false
  trace.split('\n').forEach((line, at) => {
    const [, thread, call, descriptor, rest = ''] = /^(\d+)\s+(\w+)\((\d+)(.*)$/.exec(line) ?? []
    if (thread === undefined || call === undefined || descriptor === undefined) return
    const log = rest.startsWith('<') && rest.includes('-wal>')
    if (call === 'pwrite64' && log) unsynced = true
    else if (/^f(data)?sync$/.test(call) && log) {
      synced = at
      unsynced = false
      syncs.push(thread)
    } else if (call === 'read' && rest.includes('"POST ')) requested.set(descriptor, at)
    else if (/^writev?$/.test(call) && /"HTTP\/1\.1 20[01]/.test(rest)) {
      acknowledged++
      answering.add(thread)
      if (unsynced || synced < requested.get(descriptor)!) early.push(line)
    }
  })
  return { acknowledged, early, commits: syncs.length, apart: syncs.filter((thread) => !answering.has(thread)).length }
}

test('a trace in which an answer comes before the fsync is told from one in which it comes after', (t) => {
  const request = '1 read(20<socket:[1]>, "POST /api/machin"..., 65536) = 700'
  const write = '1 pwrite64(18</tmp/t.db-wal>, "7"..., 4096, 0) = 4096'
  const sync = '1 fdatasync(18</tmp/t.db-wal>) = 0'
  const answer = '1 write(20<socket:[1]>, "HTTP/1.1 201 Cre"..., 900) = 900'
  const early = (...lines: string[]) => read(lines.join('\n')).early.length
  t.is(early(request, write, sync, answer), 0)
  t.is(early(request, write, answer, sync), 1)
  t.is(early(write, sync, request, answer), 1)
})
