import test from 'ava'
import fc from 'fast-check'
import { createReportIds, reportSchema } from '../src/index.ts'

test('ids increase strictly, whatever the wall clock does', (t) => {
  fc.assert(fc.property(fc.array(fc.nat({ max: 2 ** 47 }), { minLength: 2 }), (clock) => {
    const ticks = [...clock]
    const next = createReportIds(undefined, () => ticks.shift()!)
    const ids = clock.map(() => next())
    t.deepEqual(ids, [...ids].sort())
    t.is(new Set(ids).size, ids.length)
    for (const id of ids) t.regex(id, new RegExp(reportSchema.properties.report_id.pattern))
  }))
})

test('ids go on after the last one of a former life', (t) => {
  const last = createReportIds(undefined, () => 2 ** 45)()
  t.true(createReportIds(last, () => 0)() > last)
})
