import test from 'ava'
import { nineAlone } from '../../bench/reports.ts'
import { overload, saturation } from '../../bench/pressure/overload.ts'
import { slowClients } from '../../bench/pressure/slow-clients.ts'

const next = nineAlone(1000)

test.serial('connections whose head or body comes in drops are all closed, and an honest client’s reports are all taken meanwhile', async (t) => {
  const { open, honest } = await slowClients(50, next, 18)
  t.is(open, 0)
  t.is(honest.failed, 0)
})

test.serial('of more reports than the store takes some are taken, the rest is answered 503, and afterwards none is', async (t) => {
  const { goodput, refused, other, refusedAfter } = await overload(5, next)
  t.true(goodput > 0)
  t.true(refused > 0)
  t.is(other, 0)
  t.is(refusedAfter.at(-1), 0)
})

test.serial('over many connections at once every report is taken', async (t) => {
  const { peak, fourfold, failed } = await saturation(16, 1, next)
  t.true(peak > 0 && fourfold > 0)
  t.is(failed, 0)
})
