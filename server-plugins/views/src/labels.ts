import type { Catalogue } from './locales/index.ts'

/** Platforms by the name that people know. */
export function osLabel (os: string | null, t: Catalogue): string {
  if (os === null) return t.unknown
  return Object.hasOwn(t.os, os) ? t.os[os as keyof Catalogue['os']] : os
}

/** A band of ages, as the store names it: `12–36`, `>120`. */
export function ageLabel (band: string | null, t: Catalogue): string {
  if (band === null) return t.unknown
  return band.startsWith('>') ? t.over(band.slice(1)) : band
}
