import { ageBands, machineStatuses, type FactKey, type Machine, type NumberField, type Tally } from '@tatuscan/core'
import { libraryName } from '../assets.ts'
import { drawBars, type Bar } from '../bars.ts'
import { chartBars, histogram, narrowed, topGroups, type ChartWords, type Counted } from '../chart-bars.ts'
import { figureAge } from '../figure-age.ts'
import { ageLabel, machineName, osLabel } from '../labels.ts'
import type { Links } from '../links.ts'
import { chosenMeasure, knownMeasures, type Measure } from '../measures.ts'
import type { MakePage } from '../page.ts'
import { filterOf, filterParams, wholeNumber } from '../query.ts'
import { chips } from './report.ts'

/** How many bars there can be before the rest becomes one. */
const tops = [5, 8, 15, 30, 50]

/** Where bars of memory begin and end, in MiB: what is built in is a power of two, of which a little is the system's own. */
const memoryBounds = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512].map((gibibytes) => gibibytes * 1024)

/** How machines spread, each bar with the way to its machines; the address may filter as the report's does. */
export const chartsPage: MakePage = async (context) => {
  const { machines, query, t, formats, links } = context
  const filter = filterOf(query, context.timeZone)
  const top = wholeNumber(query.top, { minimum: 1, maximum: tops.at(-1)!, otherwise: 8 })
  const collectors = await machines.collectors()
  const known = knownMeasures(collectors, context)
  const measure = chosenMeasure(query.fact, known, context)
  const state = { ...filterParams(filter), ...query.top !== undefined && { top }, ...query.fact !== undefined && { fact: measure.name } }
  const counting = { ...filter, ...figureAge }
  const [summary, memory, chosen, busiest, fullest] = await Promise.all([
    machines.summary(counting),
    machines.tally('memory_total_mb', { ...counting, bounds: memoryBounds }),
    machines.tally(measure.name, { ...counting, top }),
    machines.list({ ...counting, sort: 'cpu_percent', dir: 'desc', limit: top }),
    machines.list({ ...counting, sort: 'memory_used_mb', dir: 'desc', limit: top })
  ])
  const { number, percent } = formats
  const words: ChartWords = { t, number, percent, report: (part) => links.report(filterParams(narrowed(filter, part))) }
  const nextTop = tops.find((count) => count > top)
  const more = (id: string, sort: string) =>
    nextTop === undefined ? links.report({ ...filterParams(filter), sort }) : `${links.charts({ ...state, top: nextTop })}#${id}`
  const chart = (id: string, title: string, counted: readonly Counted[], total = summary.total) => ({ id, title, kind: 'bars', bars: total === 0 ? [] : chartBars(counted, total, words) })
  const versions = summary.os_version.find(({ value }) => value === null)

  return {
    template: 'charts',
    title: t.charts.title,
    data: {
      scripts: [libraryName, 'charts.js'],
      counted: summary.as_of,
      matching: { shown: t.machines(summary.total, number(summary.total)), href: links.report(filterParams(filter)) },
      chips: chips(filter, { t, formats }, collectors).map(({ name, ...chip }) => ({ ...chip, href: links.charts({ ...state, [name]: undefined }) })),
      clear: links.charts({ top: query.top === undefined ? undefined : top, fact: state.fact }),
      tops: tops.map((count) => ({ count: number(count), current: count === top, href: links.charts({ ...state, top: count }) })),
      /** What the form keeps as it is. */
      state,
      charts: [
        chart('status', t.charts.status, machineStatuses.map((status) => ({ label: t.status[status], count: summary.status[status], filter: { status } }))),
        chart('os', t.charts.os, topGroups({
          groups: summary.os, top, label: (os) => osLabel(os, t), filter: (os) => ({ os }), beside: (os) => ({ except: { os } }), more: more('os', 'os')
        }, words)),
        chart('versions', t.charts.versions(number(top)), topGroups({
          groups: summary.os_version,
          top,
          label: (version) => version,
          filter: (version) => ({ os_version: version }),
          beside: (versions) => ({ except: { os_version: versions } }),
          unknown: { count: versions?.count ?? 0, filter: { os_version: '' } },
          more: more('versions', 'os_version')
        }, words)),
        chart('age', t.charts.age, summary.age.map(({ value, count }) => ({
          label: ageLabel(value, t), count, filter: { ranges: { age: ageBands.find(([band]) => band === value)?.[1] ?? null } }, ...value === null && { rest: true }
        }))),
        { ...chart('memory', t.charts.memory, numbersOf('memory_total_mb', memory, formats.memory, words), memory.total), kind: 'histogram' },
        {
          ...chart('fact', `${measure.group} · ${measure.label}`, countedBy(measure, chosen, { top, more: more('fact', measure.name), words }), chosen.total),
          ...chosen.numbers !== null && { kind: 'histogram' },
          choices: choicesOf(known.includes(measure) ? known : [...known, measure], measure)
        }
      ],
      lists: [
        { title: t.charts.busiest, bars: byMachine(busiest.machines, { value: ({ cpu_percent }) => cpu_percent, shown: percent, links }) },
        { title: t.charts.fullest, bars: byMachine(fullest.machines, { value: ({ memory_used_mb }) => memory_used_mb, shown: formats.memory, links }) }
      ]
    }
  }
}

/** A bar for each machine of which the value is known. */
function byMachine (listed: readonly Machine[], { value, shown, links }: { value: (machine: Machine) => number | null, shown: (value: number) => string, links: Links }): Bar[] {
  return drawBars(listed.flatMap((machine) => {
    const measured = value(machine)
    return measured === null ? [] : [{ label: machineName(machine), value: measured, shown: shown(measured), href: links.machine(machine.machine_id) }]
  }))
}

function numbersOf (name: NumberField | FactKey, { numbers, unknown }: Tally, value: (number: number) => string, words: ChartWords): Counted[] {
  return numbers === null ? [] : histogram({ name, bins: numbers.bins, unknown, value }, words)
}

/** Numbers in a histogram, anything else by value. Nothing where no machine tells it. */
function countedBy ({ name, read, number }: Measure, tally: Tally, { top, more, words }: { top: number, more: string, words: ChartWords }): Counted[] {
  if (tally.numbers !== null) return numbersOf(name as FactKey, tally, number, words)
  if (tally.groups.length === 0) return []
  return topGroups({
    groups: tally.groups,
    rest: tally.rest,
    top,
    label: (value) => read(value) || words.t.machine.empty,
    filter: (value) => name === 'failing' ? { failing: value } : { facts: { [name.slice('facts.'.length)]: value } },
    ...name !== 'failing' && { beside: (values) => ({ except: { [name]: values } }) },
    unknown: { count: tally.unknown, filter: { ranges: { [name]: null } } },
    more
  }, words)
}

function choicesOf (measures: readonly Measure[], chosen: Measure) {
  return [...Map.groupBy(measures, ({ group }) => group)].map(([collector, those]) => ({
    collector, measures: those.map(({ name, label }) => ({ name, label, chosen: name === chosen.name }))
  }))
}
