import { machineStatuses, type Machine } from '@tatuscan/core'
import { drawBars, groupBars, type Bar } from '../bars.ts'
import { ageLabel, osLabel } from '../labels.ts'
import type { MakePage } from '../page.ts'
import { filterOf, filterParams, wholeNumber } from '../query.ts'
import { chips } from './report.ts'

/** The same figures as bars; the address may filter as the report's does. */
export const chartsPage: MakePage = async ({ machines, query, t, formats, links }) => {
  const filter = filterOf(query)
  const top = wholeNumber(query.top, { minimum: 1, maximum: 50, otherwise: 8 })
  const kept = { ...filterParams(filter), ...query.top !== undefined && { top } }
  const [summary, busiest, fullest] = await Promise.all([
    machines.summary(filter),
    machines.list({ ...filter, sort: 'cpu_percent', dir: 'desc', limit: top }),
    machines.list({ ...filter, sort: 'memory_used_mb', dir: 'desc', limit: top })
  ])
  const { number } = formats
  const report = (part: object) => links.report({ ...filterParams(filter), ...part })
  const byMachine = (listed: readonly Machine[], value: (machine: Machine) => number | null, shown: (value: number) => string): Bar[] =>
    drawBars(listed.flatMap((machine) => {
      const measured = value(machine)
      return measured === null ? [] : [{ label: machine.hostname, value: measured, shown: shown(measured), href: links.machine(machine.machine_id) }]
    }))
  return {
    template: 'charts',
    title: t.charts.title,
    data: {
      chips: chips(filter, { t, formats }).map(({ name, ...chip }) => ({ ...chip, href: links.charts({ ...kept, [name]: undefined }) })),
      clear: links.charts({ top: kept.top }),
      tops: [5, 8, 15, 30].map((count) => ({ count: number(count), current: count === top, href: links.charts({ ...kept, top: count }) })),
      charts: [
        { title: t.charts.os, bars: groupBars(summary.os, { number, label: (os) => osLabel(os, t), href: (os) => report({ os }) }) },
        {
          title: t.charts.versions(number(top)),
          bars: groupBars(summary.os_version, {
            number, top, others: t.others, label: (version) => version ?? t.unknown, href: (version) => report({ os_version: version ?? '' })
          })
        },
        {
          title: t.charts.status,
          bars: drawBars(machineStatuses.map((status) => {
            const count = summary.status[status]
            return { label: t.status[status], value: count, shown: number(count), href: report({ status }) }
          }))
        },
        { title: t.charts.age, bars: groupBars(summary.age, { number, label: (band) => ageLabel(band, t) }) },
        {
          title: t.charts.cpu,
          measure: t.fields.cpu_percent,
          by: t.fields.hostname,
          bars: byMachine(busiest.machines, ({ cpu_percent }) => cpu_percent, formats.percent)
        },
        {
          title: t.charts.memory,
          measure: t.fields.memory_used_mb,
          by: t.fields.hostname,
          bars: byMachine(fullest.machines, ({ memory_used_mb }) => memory_used_mb, formats.memory)
        }
      ]
    }
  }
}
