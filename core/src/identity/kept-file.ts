import { closeSync, fsyncSync, linkSync, openSync, readFileSync, renameSync, rmSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { parseJson } from '../json-text.ts'
import { makeFolder } from '../make-folder.ts'
import type { KeptIdentity } from './decide.ts'

export const identityFileName = 'identity.json'

/** The file is there, but no identity can be read from it. */
export class DamagedIdentity extends Error {
  override readonly name = 'DamagedIdentity'
}

/**
 * Reads the identity that a state folder keeps; undefined where it keeps none.
 *
 * @throws {DamagedIdentity} where the file holds something else
 * @throws what reading it fails with, other than that it is not there
 */
export function readKeptIdentity (folder: string): KeptIdentity | undefined {
  let text
  try {
    const file = join(folder, identityFileName)
    if (!statSync(file).isFile()) throw new Error('it is no file') // a pipe would never end
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined
    throw error
  }
  const kept = parse(text)
  const { machine_id: id, basis, evidence = {}, since } = (kept ?? {}) as Record<string, unknown>
  if (typeof id !== 'string' || !/^[0-9a-f]{64}$/.test(id) || typeof basis !== 'string' || typeof evidence !== 'object' || evidence === null) {
    throw new DamagedIdentity(`${join(folder, identityFileName)} holds no identity`)
  }
  const { physical_macs: macs, os_machine_id: osMachineId, hardware_uuid: uuid } = evidence as Record<string, unknown>
  return {
    machine_id: id,
    basis: basis as KeptIdentity['basis'],
    evidence: {
      physical_macs: Array.isArray(macs) ? macs.filter((mac) => typeof mac === 'string') : [],
      os_machine_id: typeof osMachineId === 'string' ? osMachineId : null,
      hardware_uuid: typeof uuid === 'string' ? uuid : null
    },
    since: typeof since === 'string' ? since : new Date(0).toISOString()
  }
}

/** Moves a damaged file aside, where a person can look at it; one that was moved before gives way. */
export function moveDamagedAside (folder: string): string {
  const aside = join(folder, `${identityFileName}.damaged`)
  renameSync(join(folder, identityFileName), aside)
  return aside
}

/**
 * Keeps an identity, on disk once this returns; at no time is there half a file. Creates the folder, for its owner
 * alone.
 *
 * @param replace false: only where none is kept yet
 * @returns false where another process has kept one meanwhile
 * @throws what the file system fails with
 */
export function writeKeptIdentity (folder: string, kept: KeptIdentity, { replace }: { replace: boolean }): boolean {
  makeFolder(folder)
  const file = join(folder, identityFileName)
  const temporary = `${file}.${process.pid}.new`
  try {
    writeDurably(temporary, `${JSON.stringify(kept, undefined, 2)}\n`)
    if (replace) renameSync(temporary, file)
    else if (!link(temporary, file)) return false
  } finally {
    rmSync(temporary, { force: true })
  }
  syncFolder(folder)
  return true
}

/** Forgets the identity that a folder keeps, and what was moved aside. @returns whether one was kept */
export function removeKeptIdentity (folder: string): boolean {
  rmSync(join(folder, `${identityFileName}.damaged`), { force: true })
  try {
    rmSync(join(folder, identityFileName))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
  syncFolder(folder)
  return true
}

function parse (text: string): unknown {
  try {
    return parseJson(text)
  } catch {
    return undefined
  }
}

/** Gives the file its name unless the name is taken. Where the file system has no links the last one wins. */
function link (from: string, to: string): boolean {
  try {
    linkSync(from, to)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') return false
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EISDIR'].includes(code ?? '')) throw error
    renameSync(from, to)
  }
  return true
}

function writeDurably (file: string, text: string): void {
  const descriptor = openSync(file, 'w', 0o600)
  try {
    writeSync(descriptor, text)
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

function syncFolder (folder: string): void {
  if (process.platform === 'win32') return // folders can't be opened there; NTFS keeps a journal of names
  const descriptor = openSync(folder, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
