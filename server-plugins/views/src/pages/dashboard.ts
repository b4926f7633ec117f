import { machineStatuses, type Machine } from '@tatuscan/core'
import { groupBars } from '../bars.ts'
import { ageLabel, osLabel } from '../labels.ts'
import type { MakePage, PageContext } from '../page.ts'

const listed = 8
const week = 7 * 86_400_000

/** Failures are looked for among the machines that reported last: the store can't be asked for them yet. */
const searchedForFailures = 200

/** What exists, what went silent or fails, and what is new. */
export const dashboardPage: MakePage = async (context) => {
  const { machines, t, formats, links, now, origin } = context
  const summary = await machines.summary()
  if (summary.total === 0) return { template: 'empty', data: { command: `npx tatuscan daemon --url ${origin}${links.home.replace(/\/$/, '')}` } }

  const [recent, silent, newest] = await Promise.all([
    machines.list({ sort: 'last_seen', dir: 'desc', limit: searchedForFailures, include: ['failures'] }),
    silentMachines(context),
    machines.list({ sort: 'created_at', dir: 'desc', limit: listed })
  ])
  const failing = recent.machines.filter(({ failures = [], status }) => failures.length > 0 && status === 'online').slice(0, listed)
  const fresh = newest.machines.filter(({ created_at }) => now.getTime() - created_at.getTime() < week)
  const bars = { number: formats.number, others: t.others, top: 5 }
  return {
    template: 'dashboard',
    data: {
      total: t.machines(summary.total, formats.number(summary.total)),
      updated: recent.machines[0]?.last_seen,
      statuses: machineStatuses.map((status) => {
        const count = summary.status[status]
        return { status, shown: t.statusOf[status](count, formats.number(count)), href: links.report({ status }) }
      }),
      os: groupBars(summary.os, { ...bars, label: (os) => osLabel(os, t), href: (os) => links.report({ os }) }),
      versions: groupBars(summary.os_version, { ...bars, label: (version) => version ?? t.unknown, href: (version) => links.report({ os_version: version ?? '' }) }),
      age: groupBars(summary.age, { number: formats.number, label: (band) => ageLabel(band, t) }),
      memory: summary.memory,
      look: [...silent, ...failing],
      fresh
    }
  }
}

/** The machines that fell silent, the latest to do so first: that is news, and a machine lost for months is not. */
async function silentMachines ({ machines }: PageContext): Promise<Machine[]> {
  const pages = await Promise.all((['late', 'stale', 'lost'] as const).map(async (status) =>
    await machines.list({ status, sort: 'last_seen', dir: 'desc', limit: listed })))
  return pages.flatMap((page) => page.machines).slice(0, listed)
}
