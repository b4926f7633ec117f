import type { Random } from './random.ts'

/** JSON as it may be written but not as JavaScript can hold it: a text as it stands, and an object whose keys may be equal. */
export class Raw {
  readonly text: string
  constructor (text: string) {
    this.text = text
  }
}
export class Entries {
  readonly list: (readonly [string, unknown])[]
  constructor (list: (readonly [string, unknown])[]) {
    this.list = list
  }
}

/** Writes a value as JSON, in one of many ways. */
export function write (value: unknown, random: Random): string {
  const space = random.chance(0.1) ? random.one([' ', '\n', '\t', '\r\n  ']) : ''
  const escapes = random.chance(0.1)
  const text = (string: string): string => {
    const json = JSON.stringify(string)
    return escapes ? json.replaceAll(/(?<!\\)[a-zé-\uffff]/g, (unit) => random.chance(0.2) ? `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}` : unit) : json
  }
  const any = (value: unknown): string => {
    if (value instanceof Raw) return value.text
    if (typeof value === 'string') return text(value)
    if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
    if (Array.isArray(value)) return `[${space}${value.map(any).join(`,${space}`)}]${space}`
    const entries = value instanceof Entries ? value.list : Object.entries(value)
    return `{${space}${entries.map(([key, item]) => `${text(key)}${space}:${any(item)}`).join(`,${space}`)}}${space}`
  }
  return any(value)
}
