import type { FactKey, Machine, MachineFilter, MachineQuery, MachineStore, NumberField, SortKey, Summary, SummaryQuery } from '../../machine-store.ts'

/** What a listing of these machines has to be, in the contract's own words. Machines bring their facts along. */
export function expectedListing (machines: Iterable<Machine>, { sort = 'hostname', dir = 'asc', ...filter }: Omit<MachineQuery, 'limit' | 'cursor' | 'include'>): Machine[] {
  return [...machines].filter((machine) => matches(machine, filter)).sort((a, b) => compare(a, b, sort, dir))
}

function compare (a: Machine, b: Machine, sort: SortKey | FactKey, dir: 'asc' | 'desc'): number {
  const [x, y] = [a, b].map((machine) => sort.startsWith('facts.') ? factAt(machine.facts, sort.split('.').slice(1)) ?? null : machine[sort as SortKey])
  const ties = byCodePoint(a.machine_id, b.machine_id)
  if (x === null || y === null) return Number(x === null) - Number(y === null) || ties
  const isNumber = (value: unknown) => typeof value === 'number' || value instanceof Date
  const text = (value: unknown) => Array.from(typeof value === 'object' ? JSON.stringify(value) : String(value)).slice(0, 200).join('')
  const difference = isNumber(x) && isNumber(y) ? Number(x) - Number(y) : Number(isNumber(y)) - Number(isNumber(x)) || byCodePoint(text(x), text(y))
  return (dir === 'asc' ? difference : -difference) || ties
}

/** The order of code points is that of the bytes of UTF-8. */
function byCodePoint (a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

function matches (machine: Machine, filter: MachineFilter): boolean {
  const { q = '', os, os_version, status, facts = {}, failing, duplicate, created_since: since, created_before: before, ranges = {}, except = {} } = filter
  const small = (text: string | null) => (text ?? '').replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase())
  return [machine.hostname, machine.ip, machine.os_version, machine.machine_id].some((text) => small(text).includes(small(q))) &&
    (os === undefined || machine.os === os) &&
    (os_version === undefined || (machine.os_version ?? '') === os_version) &&
    (status === undefined || machine.status === status) &&
    (failing === undefined || machine.failures!.some(({ collector }) => failing === '' || failing === collector)) &&
    (duplicate === undefined || duplicate === (machine.duplicate !== null)) &&
    (since === undefined || machine.created_at >= since) && (before === undefined || machine.created_at < before) &&
    Object.entries(facts).every(([path, wanted]) => reads(factAt(machine.facts, path.split('.')), wanted)) &&
    Object.entries(ranges).every(([name, range]) => {
      const value = numberAt(machine, name as NumberField | FactKey) ?? null
      if (range === null || range === undefined) return value === null
      return [value].flat().some((one) => typeof one === 'number' && !(one < (range.min ?? -Infinity)) && one < (range.below ?? Infinity))
    }) &&
    Object.entries(except).every(([name, texts = []]) => {
      const value = (name.startsWith('facts.') ? factAt(machine.facts, name.split('.').slice(1)) : machine[name as 'os']) ?? null
      return value === null ? !texts.includes('') : [value].flat().some((one) => one !== null && typeof one !== 'object' && !texts.includes(String(one)))
    })
}

function numberAt (machine: Machine, name: NumberField | FactKey): unknown {
  if (name === 'age') return machine.computer_activation === null ? null : monthsSince(machine.computer_activation)
  return name.startsWith('facts.') ? factAt(machine.facts, name.split('.').slice(1)) : machine[name as Exclude<NumberField, 'age'>]
}

/** By the calendar, month by month; what is left of the first month's day is none. */
export function monthsSince (start: Date, now = new Date()): number {
  for (let months = 0; ; months++) {
    const then = new Date(now)
    then.setUTCMonth(then.getUTCMonth() - months - 1)
    if (start >= then) return months
  }
}

function factAt (value: unknown, [key, ...rest]: readonly string[]): unknown {
  if (key === undefined) return value
  const known = typeof value === 'object' && value !== null && !Array.isArray(value) && Object.hasOwn(value, key)
  return known ? factAt((value as Record<string, unknown>)[key], rest) : undefined
}

function reads (fact: unknown, wanted: string): boolean {
  if (fact === undefined || fact === null) return wanted === ''
  return [fact].flat().some((one) => typeof one !== 'object' && String(one) === wanted)
}

/** All machines that match, page by page. */
export async function everything (machines: MachineStore, query: MachineQuery = {}): Promise<Machine[]> {
  const found: Machine[] = []
  let next: string | undefined
  do {
    const page = await machines.list({ ...query, ...next !== undefined && { cursor: next } })
    found.push(...page.machines)
    next = page.next
  } while (next !== undefined)
  return found
}

/** All machines that match, as they are streamed. */
export async function streamed (machines: MachineStore, query: Omit<MachineQuery, 'limit' | 'cursor'> = {}): Promise<Machine[]> {
  const found: Machine[] = []
  for await (const portion of machines.stream(query)) found.push(...portion)
  return found
}

/** A summary without the time at which it was counted. */
export async function summaryOf (machines: MachineStore, query?: SummaryQuery): Promise<Omit<Summary, 'as_of'>> {
  const { as_of: _, ...summary } = await machines.summary(query)
  return summary
}

/** Machines as a failed comparison can show them. */
export function names (machines: readonly Machine[]): string[] {
  return machines.map(({ hostname, machine_id }) => `${hostname} ${machine_id.slice(0, 8)}`)
}
