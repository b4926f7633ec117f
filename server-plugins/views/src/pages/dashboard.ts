import { ageBands, machineStatuses, parseInstant, type GroupField, type Machine } from '@tatuscan/core'
import { drawBars, groupBars } from '../bars.ts'
import { exceptable } from '../chart-bars.ts'
import { figureAge } from '../figure-age.ts'
import { ageLabel, osLabel } from '../labels.ts'
import type { MakePage, PageContext } from '../page.ts'
import { filterParams } from '../query.ts'

const listed = 8
const memoryColumns = 'ip,os_version,memory_total_mb,memory_used_mb,last_seen'
const week = 7 * 86_400_000

/** What exists, what went silent or fails, and what is new. */
export const dashboardPage: MakePage = async (context) => {
  const { machines, t, formats, links, now, timeZone } = context
  const summary = await machines.summary(figureAge)
  if (summary.total === 0) return { template: 'empty', data: connecting(context) }

  const firstDay = formats.dateField(new Date(now.getTime() - week)) // a whole day, which the address names and the report’s filters can show
  const weekAgo = parseInstant(firstDay, timeZone)!
  const [failing, silent, newest] = await Promise.all([
    summary.failing_total === 0 ? undefined : machines.list({ failing: '', sort: 'last_seen', dir: 'desc', limit: listed / 2, include: ['failures'], ...figureAge }),
    silentMachines(context),
    machines.list({ created_since: weekAgo, sort: 'created_at', dir: 'desc', limit: listed, ...figureAge })
  ])
  const bars = { number: formats.number, others: t.others, top: 5 }
  const beside = (field: GroupField, chart: string) => (values: readonly (string | null)[]) => {
    const filter = exceptable(values.map((value) => value ?? ''), (those) => ({ except: { [field]: those } }))
    return filter === undefined ? `${links.charts()}#${chart}` : links.report(filterParams(filter))
  }
  const failingMachines = failing?.machines ?? []
  return {
    template: 'dashboard',
    data: {
      total: t.machines(summary.total, formats.number(summary.total)),
      updated: summary.as_of,
      statuses: machineStatuses.map((status) => {
        const count = summary.status[status]
        return { status, shown: t.statusOf[status](count, formats.number(count)), href: links.report({ status }) }
      }),
      os: groupBars(summary.os, { ...bars, beside: beside('os', 'os'), label: (os) => osLabel(os, t), href: (os) => links.report({ os }) }),
      versions: groupBars(summary.os_version, { ...bars, beside: beside('os_version', 'versions'), label: (version) => version ?? t.unknown, href: (version) => links.report({ os_version: version ?? '' }) }),
      age: groupBars(summary.age, {
        number: formats.number,
        label: (band) => ageLabel(band, t),
        href: (band) => links.report(filterParams({ ranges: { age: ageBands.find(([name]) => name === band)?.[1] ?? null } }))
      }),
      memory: ([['smallest', 'minimum_mb', 'asc'], ['average', 'average_mb', undefined], ['largest', 'maximum_mb', 'desc']] as const).map(([name, key, dir]) => ({
        label: t.dashboard[name],
        value: summary.memory[key],
        href: links.report({ ...dir !== undefined && { sort: 'memory_total_mb', dir }, fields: memoryColumns })
      })),
      look: [...failingMachines, ...silent.filter(({ machine_id: id }) => !failingMachines.some(({ machine_id }) => machine_id === id))].slice(0, listed),
      failing: drawBars(summary.failing.slice(0, 5).map(({ collector, count, since }) => ({
        label: t.dashboard.failingOn(collector, formats.duration(Math.max(0, (now.getTime() - since.getTime()) / 1000))),
        value: count,
        shown: formats.number(count),
        href: links.report({ failing: collector })
      }))),
      duplicates: summary.duplicates === 0
        ? undefined
        : { shown: t.dashboard.duplicates(summary.duplicates, formats.number(summary.duplicates)), href: links.report({ duplicate: 'true' }) },
      fresh: newest.machines,
      freshAll: newest.count > listed
        ? { shown: t.machines(newest.count, formats.number(newest.count)), href: links.report({ created_since: firstDay, sort: 'created_at', dir: 'desc' }) }
        : undefined
    }
  }
}

/** How a first machine is connected: where agents enrol, with the secret that buys its key. */
function connecting ({ t, links, origin, enrolling }: PageContext) {
  const command = `npx tatuscan daemon --url ${origin}${links.home.replace(/\/$/, '')}`
  return enrolling ? { command: `TATUSCAN_ENROL_SECRET_FILE=enrol-secret ${command}`, secret: t.empty.secret } : { command, secret: undefined }
}

/** The machines that fell silent, the latest to do so first: that is news, and a machine lost for months is not. */
async function silentMachines ({ machines }: PageContext): Promise<Machine[]> {
  const pages = await Promise.all((['late', 'stale', 'lost'] as const).map(async (status) =>
    await machines.list({ status, sort: 'last_seen', dir: 'desc', limit: listed, ...figureAge })))
  return pages.flatMap((page) => page.machines).slice(0, listed)
}
