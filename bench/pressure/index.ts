/** `npm run load`: what the server does under slow connections, more reports than its store takes, and more connections than its processor. */
import { nineAlone } from '../reports.ts'
import { overload, saturation } from './overload.ts'
import { slowClients } from './slow-clients.ts'

const next = nineAlone(10_000)
const [part] = process.argv.slice(2)

if (part === undefined || part === 'slow') {
  const { open, closedAfter, honest } = await slowClients(2000, next)
  console.log(`2,000 slow heads and 2,000 slow bodies: the last closed after ${(closedAfter / 1000).toFixed(1)} s (limit 20), ${open} left open; ` +
    `an honest client meanwhile: ${honest.answers} reports, ${honest.failed} failed, p99 ${honest.p99.toFixed(1)} ms (limit 100)`)
}
if (part === undefined || part === 'overload') {
  const { goodput, refused, other, refusedP99, refusedAfter } = await overload(20, next)
  console.log(`A store of 1,000 reports a second, 3,000 offered: ${goodput.toFixed(0)} taken a second (limit 800), ${refused} answered 503, p99 ${refusedP99.toFixed(1)} ms (limit 50), ` +
    `${other} otherwise; afterwards, of 500 a second, refused second by second: ${refusedAfter.join(' ')}`)
}
if (part === undefined || part === 'saturation') {
  const { peak, fourfold, ratio, failed } = await saturation(64, 2, next, 7)
  console.log(`64 connections: ${peak.toFixed(0)} reports a second; 256: ${fourfold.toFixed(0)}, ratio ${ratio.toFixed(2)} (limit 0.8), medians of 7 rounds; ${failed} failed`)
}
