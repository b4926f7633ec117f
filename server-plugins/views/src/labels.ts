import type { Machine } from '@tatuscan/core'
import type { Catalogue } from './locales/index.ts'

/** What a machine is called: its hostname, or its id where of that nothing would be seen. */
export function machineName ({ hostname, machine_id: id }: Pick<Machine, 'hostname' | 'machine_id'>): string {
  return /[\p{L}\p{N}\p{P}\p{S}]/u.test(hostname) ? hostname : id
}

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

/** By character, an ellipsis in the place of what is too much. */
export function cut (text: string, longest: number): string {
  const characters = text.length > longest ? Array.from(text) : []
  return characters.length > longest ? `${characters.slice(0, longest - 1).join('')}…` : text
}
