import { readFileSync } from 'node:fs'
import test from 'ava'
import { reportSchema } from '../src/index.ts'

test('the published report.schema.json is the schema that the code uses', (t) => {
  const published = readFileSync(new URL('../report.schema.json', import.meta.url), 'utf8')
  t.deepEqual(JSON.parse(published), JSON.parse(JSON.stringify(reportSchema)))
})
