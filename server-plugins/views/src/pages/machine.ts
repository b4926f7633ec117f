import { clockTolerance } from '@tatuscan/core'
import { collectorTitle, describeFacts } from '../describe-facts.ts'
import type { MakePage } from '../page.ts'

/** All that is known of one machine: what fails first, then what its collectors tell. */
export const machinePage: MakePage = async ({ machines, params, t, formats }) => {
  const machine = await machines.find((params.id ?? '').toLowerCase())
  if (machine === undefined) {
    return { template: 'error', title: t.errors.noMachine, statusCode: 404, data: { heading: t.errors.noMachine, hint: t.errors.notFoundHint } }
  }
  const clockSentence = (offset: number) => {
    if (Math.abs(offset) <= clockTolerance) return undefined
    return (offset > 0 ? t.machine.clockAhead : t.machine.clockBehind)(formats.duration(Math.abs(offset)))
  }
  const schemas = new Map((await machines.collectors()).map(({ name, schema }) => [name, schema]))
  return {
    template: 'machine',
    title: machine.hostname,
    data: {
      machine,
      clock: clockSentence(machine.clock_offset_s ?? 0),
      failures: (machine.failures ?? []).map((failure) => ({ ...failure, title: collectorTitle(failure.collector, schemas.get(failure.collector)) })),
      sections: Object.entries(machine.facts ?? {}).map(([name, facts]) => ({
        name,
        title: collectorTitle(name, schemas.get(name)),
        rows: describeFacts(facts, schemas.get(name))
      }))
    }
  }
}
