/**
 * Two machines under one id, as copies of one disk image may be, report in turns: under the name and address of the one,
 * of the other, of the one again. A machine that is renamed or moves to another network does not come back so.
 */

/** Who else reported under an id, as a store keeps it beside the machine. */
export interface Turns {
  /** {@link sourceOf} the other. */
  readonly other: string
  /** When the other last reported, in milliseconds since 1970. */
  readonly at: number
  /** How many times in a row one came after the other. */
  readonly count: number
}

/** From so many turns on they are two: A, B, A, B. */
const enough = 3

/** One that has been silent for so many intervals takes no turns any more. */
const silence = 10

/** What tells two that report under one id apart: `web-1 (192.0.2.10)`. */
export function sourceOf ({ hostname, ip }: { readonly hostname: string, readonly ip: string | null }): string {
  return ip === null ? hostname : `${hostname} (${ip})`
}

/**
 * What to keep when a machine that is known reports.
 *
 * @param before the source of the report before, when it came, in milliseconds since 1970, and what was kept then
 * @param source that of this report, which came `now`
 * @param intervalS the machine's own interval, in seconds
 */
export function nextTurns (before: { readonly source: string, readonly at: number, readonly turns: Turns | null }, { source, now, intervalS }: {
  readonly source: string, readonly now: number, readonly intervalS: number
}): Turns | null {
  const known = before.turns !== null && now - before.turns.at <= silence * intervalS * 1000 ? before.turns : null
  if (source === before.source) return known
  return { other: before.source, at: before.at, count: known?.other === source ? known.count + 1 : 1 }
}

/** The two that take turns, by code point; null where one alone reports. */
export function duplicateOf (source: string, turns: Turns | null): [string, string] | null {
  if (turns === null || turns.count < enough) return null
  return source < turns.other ? [source, turns.other] : [turns.other, source]
}
