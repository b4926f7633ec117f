import type { Machine, MachineFilter, MachineQuery, MachineStore, SortKey } from '../../machine-store.ts'

/** What a listing of these machines has to be, in the contract's own words. Machines bring their facts along. */
export function expectedListing (machines: Iterable<Machine>, { sort = 'hostname', dir = 'asc', ...filter }: Omit<MachineQuery, 'limit' | 'cursor' | 'include'>): Machine[] {
  return [...machines].filter((machine) => matches(machine, filter)).sort((a, b) => compare(a, b, sort, dir))
}

function compare (a: Machine, b: Machine, sort: SortKey, dir: 'asc' | 'desc'): number {
  const [x, y] = [a[sort], b[sort]]
  const ties = byCodePoint(a.machine_id, b.machine_id)
  if (x === null || y === null) return Number(x === null) - Number(y === null) || ties
  const difference = typeof x === 'string' ? byCodePoint(x, y as string) : Number(x) - Number(y)
  return (dir === 'asc' ? difference : -difference) || ties
}

/** The order of code points is that of the bytes of UTF-8. */
function byCodePoint (a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

function matches (machine: Machine, { q = '', os, os_version, status, facts = {} }: MachineFilter): boolean {
  const small = (text: string | null) => (text ?? '').replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase())
  return [machine.hostname, machine.ip, machine.os_version, machine.machine_id].some((text) => small(text).includes(small(q))) &&
    (os === undefined || machine.os === os) &&
    (os_version === undefined || (machine.os_version ?? '') === os_version) &&
    (status === undefined || machine.status === status) &&
    Object.entries(facts).every(([path, wanted]) => reads(factAt(machine.facts, path.split('.')), wanted))
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

/** Machines as a failed comparison can show them. */
export function names (machines: readonly Machine[]): string[] {
  return machines.map(({ hostname, machine_id }) => `${hostname} ${machine_id.slice(0, 8)}`)
}
