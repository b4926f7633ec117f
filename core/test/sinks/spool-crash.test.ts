import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { text } from 'node:stream/consumers'
import test from 'ava'
import type { Report } from '../../src/index.ts'

/** `npm run test:long` asks for more. */
const crashes = Number(process.env.TATUSCAN_TEST_SPOOL_CRASHES ?? 20)

/** A server that keeps each report_id once, drops a share of its answers after that, refuses some, and can be away. */
async function startServer (lose: () => boolean) {
  const accepted: string[] = []
  const refused = new Set<string>()
  const reports = new Map<string, Report>()
  const state = { away: false }
  /** Taken in, though the agent may not know. */
  const doubtful = new Set<string>()
  let latest: string[] = []
  const take = (report: Report): number => {
    if (report.report_id.endsWith('7')) {
      refused.add(report.report_id)
      return 400
    }
    if (!reports.has(report.report_id)) accepted.push(report.report_id)
    reports.set(report.report_id, report)
    return 200
  }
  const server = createServer(async (request: IncomingMessage, response: ServerResponse) => {
    const body = JSON.parse(await text(request).catch(() => '[]'))
    if (state.away) return response.writeHead(503).end('{}')
    const several = request.url!.endsWith('/api/reports')
    const results = [body].flat().map((report: Report) => ({ report_id: report.report_id, status: take(report) }))
    latest.push(...results.map(({ report_id }) => report_id))
    if (results.length > 0 && lose()) {
      for (const { report_id } of results) doubtful.add(report_id)
      return request.socket.destroy()
    }
    return several ? response.end(JSON.stringify({ results })) : response.writeHead(results[0]!.status).end('{}')
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const wasKilled = (killed: boolean): void => {
    if (killed) for (const id of latest) doubtful.add(id)
    latest = []
  }
  return { wasKilled, doubtful, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, accepted, refused, reports, state, server }
}

test('an agent killed at any step of its spool, with a fifth of all acknowledgements lost, loses nothing that was kept and has nothing accepted twice', async (t) => {
  t.timeout(1_800_000)
  let seed = 7
  const random = (): number => (seed = (seed * 48271) % 2147483647) / 2147483647
  const dir = mkdtempSync(join(tmpdir(), 'tatuscan-crash-'))
  t.teardown(() => rmSync(dir, { recursive: true }))
  const { url, accepted, refused, doubtful, reports, state, server, wasKilled } = await startServer(() => random() < 0.2)
  t.teardown(() => { server.closeAllConnections(); server.close() })
  const made: string[] = []
  const kept: string[] = []
  const points = new Map<string, number>()

  async function run (step: number, when: string, count: number): Promise<NodeJS.Signals | null> {
    const child = spawn(process.execPath, [fileURLToPath(new URL('spool-child.ts', import.meta.url)), dir, url, String(step), when, String(count)], { stdio: ['ignore', 'pipe', 'pipe'] })
    const [output, errors, [, signal]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>])
    t.is(errors, '')
    for (const [, what, name] of output.matchAll(/^(made|kept|point) (.*)$/gm)) {
      if (what === 'made') made.push(name!)
      else if (what === 'kept') kept.push(name!)
      else points.set(name!, (points.get(name!) ?? 0) + 1)
    }
    wasKilled(signal === 'SIGKILL')
    return signal
  }

  let killed = 0
  for (let crash = 0; killed < crashes; crash++) {
    state.away = crash % 4 === 3
    const when = ['before', 'amid', 'after'][crash % 3]!
    if (await run(1 + Math.floor(random() * (state.away ? 160 : 60)), when, state.away ? 16 : 4) === 'SIGKILL') killed++
  }
  state.away = false
  const waiting = () => readdirSync(dir).filter((name) => name.endsWith('.report'))
  for (let start = 0; start < 2 || (start < 20 && waiting().length > 0); start++) await run(0, 'never', 1)

  t.deepEqual(waiting(), [])
  const missing = (ids: readonly string[]): number => ids.filter((id) => !reports.has(id) && !refused.has(id)).length
  const told = [...reports.values()].flatMap(({ failures }) => failures).map(({ message }) => message)
  const bySince = new Map<string, number>()
  for (const message of told) {
    const [, count, since] = /^(\d+) .* since (\S+),/.exec(message)!
    bySince.set(since!, Math.max(Number(count), bySince.get(since!) ?? 0))
  }
  const sum = [...bySince.values()].reduce((a, b) => a + b, 0)
  // Of those that were killed in the making it can't be known whether they were kept, nor of each that arrived whether the agent got to know
  const most = missing(made) + doubtful.size
  t.true(missing(kept) <= sum && sum <= most, `${missing(kept)} that were kept are missing; the spool tells of ${sum} that it dropped; it can't be more than ${most}`)
  t.deepEqual(accepted, [...accepted].sort(), 'in order')
  t.is(new Set(accepted).size, accepted.length)
  t.false(readdirSync(dir).includes('bad'), 'nothing is ever half written')
  t.log(`${killed} kills at ${points.size} points; ${kept.length} reports kept, ${accepted.length} accepted, ${refused.size} refused, ${sum} told as dropped`)
  if (crashes >= 500) t.log([...points].sort().map(([point, times]) => `${point}: ${times}`).join('\n'))
})
