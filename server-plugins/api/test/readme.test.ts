import { readFile } from 'node:fs/promises'
import test from 'ava'
import type { InjectOptions } from 'fastify'
import { sampleReport } from '@tatuscan/core/testing'
import { serve } from './server.ts'

/** The commands of README.md with what each prints, in which … stands for anything. */
async function examples (): Promise<{ request: InjectOptions & { url: string }, output: RegExp }[]> {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8')
  const blocks = [...readme.matchAll(/```console\n(.*?)```/gs)].map(([, block]) => block!)
  return blocks.flatMap((block) => block.split(/^(?=\$ )/m)).map((example) => {
    const [command = '', ...lines] = example.trimEnd().split('\n')
    const { method = 'GET', url, payload } = /^\$ curl -s (?:-X (?<method>\w+) )?'localhost:3000(?<url>[^']+)'(?: -H 'content-type: application\/json' -d '(?<payload>[^']+)')?$/.exec(command)!.groups!
    return {
      request: { method: method as 'GET', url: url!, headers: { 'content-type': 'application/json' }, ...payload !== undefined && { payload } },
      output: new RegExp(`^${lines.map((line) => line.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll('…', '.*')).join('\\r?\\n')}(\\r\\n)?$`)
    }
  })
}

test('the commands in README.md print what it says', async (t) => {
  const app = await serve(t, { prefix: '/fleet' })
  const machine_id = 'b151a34bbc369886058cd96579b5356b29a47fb9bd81bf1bcef4189046a7c65e'
  await app.machines.save(sampleReport({ hostname: 'srv-01', machine_id, ip: '192.0.2.10', facts: { os: { architecture: 'x86_64' }, disk: { free_mb: 78767 } } }))
  await app.machines.save(sampleReport({ hostname: 'PC 7, lab', ip: '192.0.2.17', os: 'windows', facts: { os: { architecture: 'x86_64' } } }))
  await app.machines.save(sampleReport({ hostname: '=HYPERLINK(A1)', ip: null, facts: { os: { architecture: 'aarch64' }, disk: { free_mb: 1024 } } }))
  const all = await examples()
  t.is(all.length, 4)
  for (const { request, output } of all) t.regex((await app.inject(request)).body, output, request.url)
})
