import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import test from 'ava'
import type { Report } from '@tatuscan/core'
import { testSink } from '@tatuscan/core/testing'
import { fileSink } from '../src/index.ts'

async function lines (file: string): Promise<Report[]> {
  const text = await readFile(file, 'utf8').catch(() => '')
  return text.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Report)
}

testSink(test, 'file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tatuscan-file-sink-'))
  const place = { file: join(folder, 'reports.jsonl') }
  const sinks = [fileSink(place)]
  return {
    // Before its first write the sink has opened nothing, so a destination that can't be opened takes its place.
    sink: {
      name: sinks[0]!.name,
      write: async (reports, context) => await sinks.at(-1)!.write(reports, context),
      close: async () => { for (const sink of sinks) await sink.close?.().catch(() => {}) }
    },
    arrived: async () => await lines(place.file),
    breakDestination: async () => { sinks.push(fileSink({ file: join(folder, 'nowhere', 'reports.jsonl') })) },
    end: async () => await rm(folder, { recursive: true })
  }
})

test('the agent delivers to it by configuration, without a server', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'tatuscan-file-sink-'))
  t.teardown(async () => await rm(folder, { recursive: true }))
  const file = join(folder, 'reports.jsonl')
  const config = join(folder, 'tatuscan.config.ts')
  const module = new URL('../src/index.ts', import.meta.url).href
  await writeFile(config, `import { fileSink } from ${JSON.stringify(module)}\nexport default { sinks: [fileSink({ file: ${JSON.stringify(file)} })] }\n`)
  const cli = fileURLToPath(new URL('../../../cli/bin/tatuscan.js', import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, [cli, 'collect', '--json', '--send', '--config', config])
  t.deepEqual(await lines(file), [JSON.parse(stdout)])
})
