/**
 * Instants as ISO 8601 text with the offset of a time zone, as the original shows them: `2025-01-01T12:30:00.000-04:00`.
 */

const quarter = 15 * 60_000
const day = 86_400_000
const formatters = new Map<string, Intl.DateTimeFormat>()
const offsets = new Map<string, Map<number, number>>()

/** True where the runtime knows the time zone. */
export function isTimeZone (name: string): boolean {
  try {
    formatterOf(name)
    return true
  } catch {
    return false
  }
}

/** The last answer: machines of one transaction were seen at the same instant. */
let last = { milliseconds: NaN, timeZone: '', text: '' }

/** The date that was last written out, by days since 1970. */
let lastDate = { day: NaN, text: '' }

/**
 * ISO 8601 with the offset of a time zone.
 *
 * @param timeZone an IANA name, such as America/Cuiaba
 */
export function formatInstant (instant: Date, timeZone: string): string {
  const milliseconds = instant.getTime()
  if (last.milliseconds !== milliseconds || last.timeZone !== timeZone) last = { milliseconds, timeZone, text: format(milliseconds, timeZone) }
  return last.text
}

/** By arithmetic, which takes a fraction of the time of `toISOString`: every report is answered with instants. */
function format (milliseconds: number, timeZone: string): string {
  const offset = offsetAt(milliseconds, timeZone)
  const local = milliseconds + offset * 60_000
  const date = Math.floor(local / day)
  if (lastDate.day !== date) lastDate = { day: date, text: new Date(date * day).toISOString().slice(0, -'T00:00:00.000Z'.length) }
  const time = local - date * day
  const size = Math.abs(offset)
  const [hours, minutes, seconds] = [Math.floor(time / 3_600_000), Math.floor(time / 60_000) % 60, Math.floor(time / 1000) % 60]
  return `${lastDate.text}T${two(hours)}:${two(minutes)}:${two(seconds)}.${String(time % 1000).padStart(3, '0')}${offset < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`
}

/** ISO 8601 with offset as agents write it, of a day that is there every year: the one form that comes all the time. */
const usual = /^\d{4}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/

/**
 * Reads a point in time as people and scripts give it: ISO 8601 with or without offset (none means the time zone),
 * `YYYY-MM-DD`, `DD/MM/YYYY`, or seconds since 1970. What is finer than a millisecond is cut off. Of a local time that
 * comes twice in its zone the first is meant; one that is skipped counts by the offset before.
 *
 * @returns undefined where it is none of these, or no real date
 */
export function parseInstant (given: string | number, timeZone: string): Date | undefined {
  if (typeof given === 'string' && usual.test(given)) return valid(new Date(given))
  if (typeof given === 'number' || /^\d{9,11}(\.\d+)?$/.test(given)) return valid(new Date(Number(given) * 1000))
  const slashed = /^(\d{2})\/(\d{2})\/(\d{4})$/.exec(given)
  const iso = slashed === null ? given.trim() : `${slashed[3]}-${slashed[2]}-${slashed[1]}`
  const parts = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?))?\s*(Z|[+-]\d{2}:?\d{2})?$/i.exec(iso)
  if (parts === null) return undefined
  const [, date, time = '00:00', offset] = parts
  const asUtc = valid(new Date(`${date}T${time}Z`))
  if (asUtc === undefined || asUtc.toISOString().slice(0, 10) !== date) return undefined
  if (offset !== undefined) return valid(new Date(`${date}T${time}${offset.toUpperCase().replace(/(\d{2})(\d{2})$/, '$1:$2')}`))
  return valid(localInstant(asUtc.getTime(), timeZone))
}

/**
 * The instant at which clocks of a zone show a local time, which is given as if it were UTC. A time that clocks show
 * twice, as they are put back, is the first of the two; one that they skip is read by the offset before, as a clock that
 * nobody has put forward yet would show it: midnight, where clocks go from 0:00 to 1:00, is 1:00 of the same day.
 */
function localInstant (local: number, timeZone: string): Date {
  const [before, after] = [offsetAt(local - day, timeZone), offsetAt(local + day, timeZone)]
  const shown = [before, after].find((offset) => offsetAt(local - offset * 60_000, timeZone) === offset)
  return new Date(local - (shown ?? before) * 60_000)
}

/** The years 1 to 9999. */
const [earliest, latest] = [Date.parse('0001-01-01T00:00:00Z'), Date.parse('9999-12-31T23:59:59.999Z')]

function valid (date: Date): Date | undefined {
  const milliseconds = date.getTime()
  return milliseconds >= earliest && milliseconds <= latest ? date : undefined
}

/** Minutes east of UTC. Offsets change on quarters of an hour at the finest, so each quarter is worked out once. */
function offsetAt (milliseconds: number, timeZone: string): number {
  let known = offsets.get(timeZone)
  if (known === undefined) offsets.set(timeZone, known = new Map())
  const index = Math.floor(milliseconds / quarter)
  let offset = known.get(index)
  if (offset === undefined) {
    if (known.size > 10_000) known.clear()
    const name = formatterOf(timeZone).formatToParts(index * quarter).find(({ type }) => type === 'timeZoneName')!.value
    const [, sign, hours, minutes] = /GMT([+-])(\d{2}):(\d{2})/.exec(name) ?? ['', '+', '0', '0']
    offset = (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes))
    known.set(index, offset)
  }
  return offset
}

function formatterOf (timeZone: string): Intl.DateTimeFormat {
  let formatter = formatters.get(timeZone)
  if (formatter === undefined) {
    formatter = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' })
    formatters.set(timeZone, formatter)
  }
  return formatter
}

const twoDigits = Array.from({ length: 100 }, (_, value) => String(value).padStart(2, '0'))

function two (value: number): string {
  return twoDigits[value]!
}
