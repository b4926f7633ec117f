import { formatInstant } from '@tatuscan/core'
import type { Language } from './locales/index.ts'

/** Numbers and times as a visitor reads them. */
export interface Formats {
  number (value: number): string
  percent (value: number): string
  /** @param mebibytes shown in GiB or TiB where that is shorter */
  memory (mebibytes: number): string
  /** A number with its unit, as a collector's schema names it; without one it is left ungrouped, as it may be a port or a year. */
  measure (value: number, unit: string | undefined): string
  /** Date and time in the time zone, with its name. */
  instant (date: Date): string
  day (date: Date): string
  /** The day where it begins then, in the time zone; else as `instant`. */
  moment (date: Date): string
  /** A day as `<input type=date>` has it, in the time zone: `2026-01-31`; empty for null. */
  dateField (date: Date | null): string
  /** The time of day: `14:05:09`. */
  time (date: Date): string
  /** How long, in the largest unit that fits: `2 hours`. */
  duration (seconds: number): string
  /** How long ago, in the largest unit that fits: `2h ago`, `now`. */
  ago (date: Date, now: Date): string
}

const nbsp = '\u00a0'

const spans: readonly (readonly ['year' | 'month' | 'day' | 'hour' | 'minute' | 'second', number])[] = [
  ['year', 365 * 86_400], ['month', 30 * 86_400], ['day', 86_400], ['hour', 3600], ['minute', 60], ['second', 1]
]

export function createFormats (language: Language, timeZone: string): Formats {
  const numbers = new Intl.NumberFormat(language, { maximumFractionDigits: 1 })
  const plain = new Intl.NumberFormat(language, { maximumFractionDigits: 3, useGrouping: false })
  const percents = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 1 })
  const instants = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'long', timeZone })
  const days = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeZone })
  const times = new Intl.DateTimeFormat(language, { timeStyle: 'medium', timeZone })
  const relative = new Intl.RelativeTimeFormat(language, { style: 'narrow', numeric: 'always' })
  const now = new Intl.RelativeTimeFormat(language, { numeric: 'auto' }).format(0, 'second')

  const spanOf = (seconds: number) => spans.find(([, size]) => seconds >= size) ?? spans.at(-1)!

  const memory = (mebibytes: number) => {
    if (mebibytes < 1024) return `${numbers.format(mebibytes)}${nbsp}MiB`
    const gibibytes = mebibytes / 1024
    return gibibytes < 1024 ? `${numbers.format(gibibytes)}${nbsp}GiB` : `${numbers.format(gibibytes / 1024)}${nbsp}TiB`
  }

  return {
    number: (value) => numbers.format(value),
    percent: (value) => percents.format(value / 100),
    memory,
    measure (value, unit) {
      if (unit === undefined) return plain.format(value)
      if (unit === '%') return percents.format(value / 100)
      if (unit === 'MiB' && value >= 0) return memory(value)
      return `${numbers.format(value)}${nbsp}${unit}`
    },
    instant: (date) => instants.format(date),
    day: (date) => days.format(date),
    moment: (date) => (formatInstant(date, timeZone).slice(11, 19) === '00:00:00' ? days : instants).format(date),
    dateField: (date) => date === null ? '' : formatInstant(date, timeZone).slice(0, 10),
    time: (date) => times.format(date),
    duration (seconds) {
      const [unit, size] = spanOf(seconds)
      return new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'long', maximumFractionDigits: 0 }).format(seconds / size)
    },
    ago (date, at) {
      const seconds = (at.getTime() - date.getTime()) / 1000
      if (seconds < 1) return now
      const [unit, size] = spanOf(seconds)
      return relative.format(-Math.floor(seconds / size), unit)
    }
  }
}
