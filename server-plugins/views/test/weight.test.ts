import test from 'ava'
import { sampleReport } from '@tatuscan/core/testing'
import { views } from '../src/index.ts'
import { languages } from '../src/locales/index.ts'
import { openServer } from './server.ts'

/** Eight collectors of five facts each: numbers with units, text, a list, a table. */
const collectors = ['processor', 'graphics', 'storage-devices', 'network-interfaces', 'licences', 'batteries', 'containers', 'antivirus']
const schema = (name: string) => ({
  type: 'object',
  title: name.replace(/^./, (first) => first.toUpperCase()),
  properties: {
    model: { type: 'string', title: 'Model' },
    total_mb: { type: 'integer', title: 'Total', unit: 'MiB' },
    used_percent: { type: 'number', title: 'In use', unit: '%' },
    names: { type: 'array', title: 'Names in order', items: { type: 'string' } },
    parts: { type: 'array', title: 'Parts', items: { type: 'object', properties: { path: { type: 'string', title: 'Mounted on' }, size_mb: { type: 'integer', title: 'Size', unit: 'MiB' } } } }
  }
})
const facts = (machine: number) => ({
  model: `Latitude 5440 (2024, rev ${machine})`,
  total_mb: 1_000_000 + machine,
  used_percent: machine % 100,
  names: ['primary', 'secondary', `number-${machine}`],
  parts: Array.from({ length: 4 }, (_, part) => ({ path: `/srv/volumes/${part}`, size_mb: 250_000 + part }))
})

test('with 40 facts from 8 collectors, 10 columns and 50 rows each page weighs at most 100 kB over the wire with all that it loads; the one stylesheet 15 kB unpacked', async (t) => {
  const app = await openServer()
  t.teardown(async () => await app.close())
  await app.register(views)
  const ids: string[] = []
  for (let index = 0; index < 60; index++) {
    const { machine } = await app.machines.save(sampleReport({
      hostname: `ws-b7-${String(index).padStart(5, '0')}.corp.example.com`,
      os_version: `Windows 11 Pro 23H2 (22631.${3000 + index})`,
      facts: Object.fromEntries(collectors.map((name) => [name, facts(index)])),
      failures: index % 10 === 0 ? [{ collector: 'graphics', code: 'TATUSCAN_COLLECTOR_TIMEOUT', message: 'took longer than 5000 ms', ms: 5000 }] : [],
      schemas: Object.fromEntries(collectors.map((name) => [name, schema(name)])) as never
    }))
    ids.push(machine.machine_id)
  }
  const columns = ['ip', 'os', 'os_version', 'cpu_percent', 'memory_used_mb', 'last_seen', ...collectors.slice(0, 4).map((name, index) => `facts.${name}.${['model', 'total_mb', 'used_percent', 'names'][index]}`)]
  const size = async (url: string) => {
    const { rawPayload, headers } = await app.inject({ url, headers: { 'accept-encoding': 'gzip, br' } })
    t.is(headers['content-encoding'], url.includes('/assets/') ? 'gzip' : undefined, 'pages hold the session’s token and what was asked for: packing both together would tell it')
    return Buffer.byteLength(rawPayload)
  }
  for (const lang of languages) {
    for (const [name, path] of Object.entries({ dashboard: '/?', report: `/report?fields=${columns.join()}&`, machine: `/machines/${ids[0]}?` })) {
      const { body } = await app.inject(`${path}lang=${lang}`)
      if (name === 'report') t.is(body.split('<tr id="m-').length - 1, 50)
      const assets = [...body.matchAll(/<(?:link|script)[^>]* (?:href|src)="([^"]+)"/g)].map(([, url]) => url!.replaceAll('&amp;', '&'))
      const weights = await Promise.all([`${path}lang=${lang}`, ...assets].map(size))
      const weight = weights.reduce((sum, weight) => sum + weight)
      t.log(`${name} ${lang}: ${weight} bytes, the page alone ${weights[0]}`)
      t.true(weight <= 100_000, `${name}: ${weights}`)
      const [style, ...more] = [...body.matchAll(/<link rel="stylesheet" href="([^"]+)"/g)].map(([, url]) => url!)
      t.deepEqual(more, [])
      t.true((await app.inject(style!)).rawPayload.length <= 15_000)
      t.notRegex(body, /<script(?![^>]* defer)/, 'nothing else blocks')
    }
  }
})
