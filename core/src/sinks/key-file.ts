import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { parseJson } from '../json-text.ts'
import { makeFolder } from '../make-folder.ts'

/** A machine's key for one server. */
export interface KeptKey {
  readonly key: string
  /** Since when, in ISO 8601: a key is renewed now and then. */
  readonly since: string
}

type Keys = Record<string, Record<string, KeptKey>>

/** The key of a machine for a server; undefined: none is kept, or the file can't be read. */
export function readKey (file: string, server: string, machineId: string): KeptKey | undefined {
  return keysIn(file)[server]?.[machineId]
}

/**
 * Keeps a key beside those of other servers and machines, for the file's owner alone; at no time is there half a file.
 *
 * @throws what the file system fails with
 */
export function writeKey (file: string, server: string, machineId: string, key: KeptKey): void {
  const keys = keysIn(file)
  const text = `${JSON.stringify({ ...keys, [server]: { ...keys[server], [machineId]: key } }, undefined, 2)}\n`
  makeFolder(dirname(file))
  const temporary = `${file}.${process.pid}.new`
  try {
    const descriptor = openSync(temporary, 'w', 0o600)
    try {
      writeSync(descriptor, text)
      fsyncSync(descriptor)
    } finally {
      closeSync(descriptor)
    }
    renameSync(temporary, file)
  } finally {
    rmSync(temporary, { force: true })
  }
}

function keysIn (file: string): Keys {
  try {
    const kept = parseJson(readFileSync(file, 'utf8')) as unknown
    if (typeof kept !== 'object' || kept === null) return {}
    return Object.fromEntries(Object.entries(kept).filter(([, keys]) => typeof keys === 'object' && keys !== null && Object.values(keys as object).every(isKept)))
  } catch {
    return {} // another key is bought
  }
}

function isKept (value: unknown): value is KeptKey {
  const { key, since } = Object(value) as Partial<Record<keyof KeptKey, unknown>>
  return typeof key === 'string' && typeof since === 'string'
}
