import test from 'ava'
import Sqlite from 'better-sqlite3'
import { sampleReport } from '@tatuscan/core/testing'
import { serve } from './server.ts'

// Alone in its process: waiting for SQLite holds up the event loop, and with it other tests.
test('while somebody else holds the database a change is answered 503 with Retry-After, and goes through after it', async (t) => {
  const app = await serve(t)
  const report = sampleReport()
  await app.machines.save(report)
  const other = new Sqlite(app.file)
  t.teardown(() => other.close())
  other.exec('begin immediate')
  const request = { method: 'PATCH', url: `/api/machines/${report.machine_id}`, payload: { computer_model: 'OptiPlex 7090' } } as const
  const answer = await app.inject(request)
  t.is(answer.statusCode, 503)
  t.regex(String(answer.headers['retry-after']), /^[1-9]\d*$/)
  t.deepEqual(Object.keys(answer.json()), ['error', 'code'])
  t.is(answer.json().code, 'TATUSCAN_STORE_UNAVAILABLE')
  other.exec('rollback')
  t.is((await app.inject(request)).statusCode, 200)
})
