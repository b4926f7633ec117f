/**
 * When reports are due after the first one: between half an interval and one and a half later, by the machine id, and
 * from there on every interval. So machines that start at once, as after a power cut, spread evenly over the interval,
 * and each stays in its slot.
 *
 * @param first when the first report was made, in milliseconds of a clock that only goes on
 * @param machineId 64 hexadecimal digits
 * @returns tells when the next one is due, of those that lie ahead: what was missed is skipped. Each call is later
 *   than the one before
 */
export function createSchedule (first: number, intervalMs: number, machineId: string): (now: number) => number {
  const share = Number.parseInt(machineId.slice(0, 8), 16) / 2 ** 32
  const base = first + (0.5 + share) * intervalMs
  let slot = -1
  return (now) => {
    slot = Math.max(slot + 1, Math.ceil((now - base) / intervalMs))
    return base + slot * intervalMs
  }
}
