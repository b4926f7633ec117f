import type { Client } from './client.ts'
import type { Changes, MachineItem } from './item.ts'
import { machinePages } from './pages.ts'

/** Machines of one hostname. */
export interface Duplicates {
  readonly keep: MachineItem
  /** The others, the newest first. */
  readonly remove: readonly MachineItem[]
  /** What people had set on one that goes, and which the one that stays lacks. */
  readonly inherit: Changes
}

/**
 * Finds machines that share their hostname, to the letter as the original compares. The one seen last stays; of those seen
 * at the same moment the one that was made last.
 *
 * @param onProgress how many machines were looked at, and how many there are
 */
export async function findDuplicates (client: Client, onProgress: (done: number, total: number) => void): Promise<Duplicates[]> {
  const duplicates: Duplicates[] = []
  let [group, done]: [MachineItem[], number] = [[], 0]
  const close = () => { if (group.length > 1) duplicates.push(chosen(group)) }
  // In the order of hostnames namesakes come together, so that only they need to be remembered.
  for await (const { items, count } of machinePages(client, new URLSearchParams({ sort: 'hostname' }))) {
    for (const item of items) {
      if (group[0]?.hostname !== item.hostname) {
        close()
        group = []
      }
      group.push(item)
    }
    done += items.length
    onProgress(done, count)
  }
  close()
  return duplicates
}

function chosen (group: readonly MachineItem[]): Duplicates {
  const later = (a: string, b: string) => Date.parse(b) - Date.parse(a)
  const newestFirst = group.toSorted((a, b) => later(a.last_seen, b.last_seen) || later(a.created_at, b.created_at))
  const [keep, ...remove] = newestFirst as [MachineItem, ...MachineItem[]]
  const set = (['computer_model', 'computer_activation', 'activation_days'] as const).flatMap((field) => {
    const value = keep[field] === null ? remove.find((item) => item[field] !== null)?.[field] : undefined
    return value === undefined ? [] : [[field, value]]
  })
  return { keep, remove, inherit: Object.fromEntries(set) as Changes }
}
