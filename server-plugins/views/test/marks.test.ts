import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { importOriginal, storage } from '@tatuscan/server-storage'
import { createReportIds } from '@tatuscan/core'
import { sampleReport } from '@tatuscan/core/testing'
import Fastify, { type FastifyInstance } from 'fastify'
import { fixture } from '../../storage/test/originals.ts'
import { views } from '../src/index.ts'
import { catalogues, languages } from '../src/locales/index.ts'
import { escapeHtml } from '../src/escape.ts'
import { openServer } from './server.ts'

const nextId = createReportIds()
const hour = 3_600_000

/** The marks of a machine's row with what is told of each, the legend under the table, and the marks of its own page. */
async function shown (app: FastifyInstance, id: string, lang: string) {
  const report = (await app.inject(`/report?lang=${lang}`)).body
  const row = new RegExp(`<tr id="m-${id.slice(0, 16)}">.*?</tr>`, 's').exec(report)![0]
  const page = (await app.inject(`/machines/${id}?lang=${lang}`)).body
  return {
    row: [...row.matchAll(/<span class="mark" title="([^"]*)">([^<]*)</g)].map(([, title, tag]) => [tag!, title!] as const),
    legend: Object.fromEntries([...report.matchAll(/<dt class="mark">([^<]*)<\/dt> <dd>([^<]*)</g)].map(([, tag, meaning]) => [tag!, meaning!])),
    page: [...(/<ul class="marks">(.*?)<\/ul>/s.exec(page)?.[1] ?? '').matchAll(/<bdi>(.*?)<\/bdi>/g)].map(([, sentence]) => sentence!)
  }
}

async function open (t: ExecutionContext): Promise<FastifyInstance> {
  const app = await openServer()
  t.teardown(async () => await app.close())
  await app.register(views)
  return app
}

for (const lang of languages) {
  const words = catalogues[lang]
  test(`two under one id, a report without a key, a clock that is off and a failing collector are marked and explained on the report and on the machine’s page, in ${lang}`, async (t) => {
    const app = await open(t)
    const { machine: { machine_id: well } } = await app.machines.save(sampleReport({ hostname: 'well' }))
    t.deepEqual(await shown(app, well, lang), { row: [], legend: {}, page: [] }, 'a machine that is well has no mark')

    const twin = sampleReport({ hostname: 'twin-a', ip: '192.0.2.1' })
    for (let turn = 0; turn < 4; turn++) {
      await app.machines.save({ ...twin, report_id: nextId(), ...turn % 2 === 1 && { hostname: 'twin-b', ip: '192.0.2.2' } })
    }
    const { machine: keyless } = await app.machines.save({ ...sampleReport({ hostname: 'keyless' }), unverified: true })
    const { machine: early } = await app.machines.save(sampleReport({ hostname: 'early', timestamp: new Date(Date.now() + 49 * hour).toISOString() }))
    const { machine: failing } = await app.machines.save(sampleReport({ hostname: 'failing', failures: [{ collector: 'gpu', code: 'TATUSCAN_COLLECTOR_FAILED', message: 'no driver', ms: 12 }] }))

    const { marks, machine } = words
    const duplicate = escapeHtml(machine.duplicate('twin-a (192.0.2.1)', 'twin-b (192.0.2.2)'))
    const clock = machine.clockAhead(lang === 'en' ? '2 days' : '2 dias')
    for (const [id, tag, title, onPage] of [
      [twin.machine_id, marks.duplicate.tag, duplicate, [duplicate]],
      [keyless.machine_id, marks.unverified.tag, machine.unverified, [machine.unverified]],
      [early.machine_id, marks.clock.tag, clock, [clock]],
      [failing.machine_id, marks.failing.tag, words.dashboard.fails('gpu'), []]
    ] as const) {
      const { row, legend, page } = await shown(app, id, lang)
      t.deepEqual(row, [[tag, title]])
      t.deepEqual(page, [...onPage])
      t.deepEqual(legend, Object.fromEntries([marks.duplicate, marks.unverified, marks.clock, marks.failing].map(({ tag, meaning }) => [tag, escapeHtml(meaning)])))
    }
    t.true((await app.inject(`/machines/${failing.machine_id}?lang=${lang}`)).body.includes(machine.failed('gpu')), 'failures have a section of their own')
  })

  test(`a machine that was imported is marked as one that no agent has reported yet, until one does, in ${lang}`, async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'tatuscan-marks-'))
    const [from, into] = [join(folder, 'original.db'), `sqlite:${join(folder, 'tatuscan.db')}`]
    await copyFile(fixture('original-sqlite.db'), from)
    await importOriginal({ from, into })
    const app: FastifyInstance = Fastify() as never
    t.teardown(async () => {
      await app.close()
      await rm(folder, { recursive: true })
    })
    await app.register(storage, { url: into })
    await app.register(views)
    const { machines: [imported] } = await app.machines.list({ limit: 1 })
    const { unreported } = words.marks
    const before = await shown(app, imported!.machine_id, lang)
    t.deepEqual(before.row, [[unreported.tag, unreported.meaning]])
    t.deepEqual(before.page, [unreported.meaning])
    t.deepEqual(before.legend, { [unreported.tag]: unreported.meaning })
    const { hostname, ip, os } = imported!
    const nine = { machine_id: imported!.machine_id, hostname, ip, os, cpu_percent: 1, memory_total_mb: 1, timestamp: new Date().toISOString() }
    await app.machines.save(nine)
    t.like(await shown(app, imported!.machine_id, lang), { row: [], page: [] }, 'the original’s client is an agent too')
  })
}
