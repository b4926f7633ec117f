import test, { type ExecutionContext } from 'ava'
import { sampleReport } from '@tatuscan/core/testing'
import { parseCsv } from '../../api/test/parse-csv.ts'
import { escapeHtml } from '../src/escape.ts'
import { views } from '../src/index.ts'
import { corpus } from './corpus.ts'
import { openServer } from './server.ts'

/** A machine for each text of the corpus, which says nothing else. */
async function serve (t: ExecutionContext) {
  const app = await openServer()
  t.teardown(async () => await app.close())
  await app.register(views)
  for (const [index, evil] of corpus.entries()) {
    await app.machines.save({
      ...sampleReport({
        hostname: evil,
        ip: evil,
        os: evil,
        os_version: evil,
        agent_version: evil,
        facts: { sample: { answer: evil, list: [evil], deep: { [evil]: evil } } },
        failures: [{ collector: 'sample', code: evil, message: evil, ms: 1 }],
        schemas: { sample: { type: 'object', title: evil, properties: { answer: { title: evil, unit: evil }, list: { title: evil }, deep: { type: 'object', title: evil } } } }
      }),
      machine_id: String(index).padStart(64, '0'),
      computer_model: evil
    })
  }
  return app
}

/** What a spreadsheet would run. */
const formula = /^[\s\p{Cc}\p{Cf}]*[=+\-@＝＋－＠]/u

test('the report’s CSV holds what hostile machines say as text: no formula, no line or cell more, and nothing lost', async (t) => {
  const app = await serve(t)
  const fields = 'ip,os,os_version,agent_version,computer_model,failures,facts.sample.answer,facts.sample.list,facts.sample.deep'
  for (const lang of ['en', 'pt-BR']) {
    const { statusCode, payload } = await app.inject(`/report.csv?lang=${lang}&sort=machine_id&fields=${fields}`)
    t.is(statusCode, 200)
    const [titles, ...rows] = parseCsv(payload.replace(/^\ufeff/, ''))
    t.is(titles!.length, 11)
    t.is(rows.length, corpus.length)
    for (const row of rows) t.is(row.length, titles!.length)
    for (const cell of [titles!, ...rows].flat()) t.notRegex(cell, formula)
    const said = rows.map(([hostname]) => hostname!.replace(/^'(?=[\s\p{Cc}\p{Cf}]*[=+\-@])/u, ''))
    t.deepEqual(said, corpus)
  }
})

test('pages of hostile names hold each machine once, whatever the order', async (t) => {
  const app = await serve(t)
  for (const order of ['', 'sort=os&dir=desc&', 'sort=facts.sample.answer&', 'sort=last_seen&']) {
    const ids: string[] = []
    for (let url: string | undefined = `/report?${order}limit=3`; url !== undefined && ids.length <= corpus.length;) {
      const { statusCode, body }: { statusCode: number, body: string } = await app.inject(url)
      t.is(statusCode, 200)
      ids.push(...[...body.matchAll(/href="\/machines\/([0-9a-f]{64})"/g)].map(([, id]) => id!))
      url = /rel="next" href="([^"]+)"/.exec(body)?.[1]!.replaceAll('&amp;', '&')
    }
    t.is(new Set(ids).size, corpus.length)
    t.is(ids.length, corpus.length)
  }
})

test('a filter by what a hostile machine says finds it alone, shows it as text in its chip and its form, and is kept by every link and by the CSV', async (t) => {
  const app = await serve(t)
  for (const [index, evil] of corpus.entries()) {
    const asked = { os: evil, os_version: evil, 'facts.sample.answer': evil }
    const { body } = await app.inject(`/report?${new URLSearchParams(asked)}`)
    t.deepEqual([...body.matchAll(/<tr id="m-(\d+)"/g)].map(([, id]) => id), [String(index).padStart(64, '0').slice(0, 16)], evil)
    t.is(body.split('class="chip"').length - 1, 3)
    t.true(body.includes(`<bdi>${escapeHtml(evil)}</bdi></a></li>`), 'in a chip')
    t.true(body.includes(`<option value="${escapeHtml(evil)}" selected>`), 'in the form')
    const link = (pattern: RegExp) => new URL(pattern.exec(body)![1]!.replaceAll('&amp;', '&').replaceAll('&#39;', "'"), 'http://x').searchParams
    for (const kept of [link(/<a href="(\/report\.csv[^"]*)"/), link(/<th scope="col" class="ip[^>]*><a href="([^"]+)"/)]) {
      for (const [name, value] of Object.entries(asked)) t.is(kept.get(name), value)
    }
  }
})
