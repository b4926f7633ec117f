import assert from 'node:assert/strict'
import type { Report } from '../report.ts'
import type { Sink } from '../sink.ts'
import { claim, type DeclareTest } from './declare-test.ts'
import { sampleReport } from './sample-report.ts'

/** A destination of the test's own, and a sink that writes to it. */
export interface SinkFixture {
  readonly sink: Sink
  /** What has arrived so far, in order. */
  arrived (): Promise<readonly Pick<Report, 'machine_id' | 'hostname'>[]>
  /** Makes the destination refuse or vanish from now on. */
  breakDestination (): Promise<void>
  /** Lets go of the destination. */
  end (): Promise<void>
}

/**
 * What every sink promises, as tests: one call is a sink's conformance test.
 *
 * @param test AVA's `test`, or any function that takes a title and an async function
 * @param open makes a destination and a sink to it; called anew for every test
 */
export function testSink (test: DeclareTest, name: string, open: () => Promise<SinkFixture>): void {
  const withFixture = (title: string, body: (fixture: SinkFixture) => Promise<void>): void => {
    claim(test, `${name}: ${title}`, async () => {
      const fixture = await open()
      try {
        await body(fixture)
      } finally {
        await fixture.sink.close?.()
        await fixture.end()
      }
    })
  }
  const write = (sink: Sink, reports: readonly Report[]) => sink.write(reports, { signal: AbortSignal.timeout(20_000) })

  withFixture('is a plain object with a name and write()', async ({ sink }) => {
    assert.equal(Object.getPrototypeOf(sink), Object.prototype, 'no class')
    assert.match(sink.name, /^[a-z][a-z0-9_-]*$/)
    assert.equal(typeof sink.write, 'function')
  })

  withFixture('has delivered every report, in order, when write() resolves', async ({ sink, arrived }) => {
    const reports = [sampleReport(), sampleReport(), sampleReport()]
    await write(sink, reports)
    assert.deepEqual((await arrived()).map(({ hostname }) => hostname), reports.map(({ hostname }) => hostname))
  })

  withFixture('takes one write after another, and none at all', async ({ sink, arrived }) => {
    await write(sink, [])
    await write(sink, [sampleReport()])
    await write(sink, [sampleReport()])
    assert.equal((await arrived()).length, 2)
  })

  withFixture('leaves the reports it is given as they were', async ({ sink }) => {
    const report = sampleReport()
    const before = structuredClone(report)
    await write(sink, [report])
    assert.deepEqual(report, before)
  })

  withFixture('rejects with an error when its destination fails', async ({ sink, breakDestination }) => {
    await breakDestination()
    await assert.rejects(write(sink, [sampleReport()]), Error)
  })

  withFixture('gives up when the signal has aborted', async ({ sink, arrived }) => {
    await assert.rejects(sink.write([sampleReport()], { signal: AbortSignal.abort() }))
    assert.equal((await arrived()).length, 0)
  })
}
