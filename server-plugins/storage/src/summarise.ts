import { machineStatuses, type Group, type MachineFilter, type MachineStatus, type Summary } from '@tatuscan/core'
import { sql, type Kysely, type RawBuilder } from 'kysely'
import { conditions } from './list-machines.ts'
import type { Tables } from './rows.ts'
import { statusExpression } from './status-condition.ts'
import type { StatusThresholds } from './status.ts'

/** The original's bands of a computer's age, by the months at which each ends. */
const ageBands = [['0–12', 12], ['12–36', 36], ['36–60', 60], ['60–120', 120]] as const

/** Counts the machines that match a filter. */
export async function summarise (db: Kysely<Tables>, filter: MachineFilter, thresholds: StatusThresholds, now: Date = new Date()): Promise<Summary> {
  const matching = db.selectFrom('inventory').where((eb) => conditions(eb, filter, thresholds, now.getTime()))
  const grouped = async <Value extends string | null>(value: RawBuilder<Value>): Promise<{ value: Value, count: number }[]> =>
    await matching.select(({ fn }) => [value.as('value'), fn.countAll<number>().as('count')])
      .groupBy('value').orderBy('count', 'desc').orderBy('value').execute() as { value: Value, count: number }[]

  const memory = await matching.select(({ fn }) => [
    fn.countAll<number>().as('total'),
    fn.min('memory_total_mb').as('minimum_mb'), fn.avg<number | null>('memory_total_mb').as('average_mb'), fn.max('memory_total_mb').as('maximum_mb')
  ]).executeTakeFirstOrThrow()
  const statuses = await grouped<MachineStatus>(statusExpression(thresholds, now.getTime()))
  const { total, minimum_mb, average_mb, maximum_mb } = memory
  return {
    total,
    status: Object.fromEntries(machineStatuses.map((status) => [status, statuses.find(({ value }) => value === status)?.count ?? 0])) as Summary['status'],
    os: await grouped(sql<string>`os`),
    os_version: await grouped(sql<string | null>`os_version`),
    age: inOrder(await grouped(ageExpression(now))),
    memory: { minimum_mb, average_mb: average_mb === null ? null : Math.round(average_mb), maximum_mb }
  }
}

function ageExpression (now: Date): RawBuilder<string | null> {
  const bands = ageBands.map(([band, months]) => {
    const start = new Date(now)
    start.setUTCMonth(start.getUTCMonth() - months)
    return sql`when computer_activation >= ${start.toISOString()} then ${band}`
  })
  return sql<string | null>`case when computer_activation is null then null ${sql.join(bands, sql` `)} else '>120' end`
}

/** Every band, the empty ones too, the youngest first; unknown last, where there is any. */
function inOrder (groups: readonly Group[]): Group[] {
  const count = (value: string | null) => groups.find((group) => group.value === value)?.count ?? 0
  const bands = [...ageBands.map(([band]) => band), '>120'].map((value) => ({ value, count: count(value) }))
  return count(null) > 0 ? [...bands, { value: null, count: count(null) }] : bands
}
