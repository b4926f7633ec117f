import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { basename, join } from 'node:path'
import { mostVirtual } from './facts.ts'
import type { FoundInterface } from './found.ts'
import { parseMac } from './mac.ts'

export type Device = Omit<FoundInterface, 'ipv4' | 'ipv6'>

export interface Sysfs {
  /** Every name in the folder, read or not. */
  readonly names: ReadonlySet<string>
  readonly devices: readonly Device[]
  /** How many were not read. */
  readonly unread: number
}

// linux/if.h
const IFF_UP = 0x1
const IFF_LOOPBACK = 0x8

/**
 * Reads the interfaces in `/sys/class/net`, synchronously, since these files are the kernel's memory: a trip through
 * the thread pool costs more than reading one. Of those without a device at most a hundred are read, a container
 * host's veths being many and alike. Finds none where there is no `/sys`, or it is hidden.
 *
 * @param telling whether an interface is to be among these hundred rather than others
 * @throws where an interface is there and can't be read
 */
export function readSysfs (root: string, telling: (name: string) => boolean): Sysfs {
  const folder = join(root, 'sys/class/net')
  const names = unless(['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM'], () => readdirSync(folder)) ?? []
  const devices: string[] = []
  const deviceless: string[] = []
  for (const name of names) (isDeviceless(`${folder}/${name}`) ? deviceless : devices).push(name)
  deviceless.sort((a, b) => Number(telling(b)) - Number(telling(a)) || (a < b ? -1 : 1))
  const read = (some: readonly string[], deviceless: boolean) => some.map((name) => readDevice(folder, name, deviceless))
  return {
    names: new Set(names),
    devices: [...read(devices, false), ...read(deviceless.slice(0, mostVirtual), true)].filter((device) => device !== undefined),
    unread: Math.max(0, deviceless.length - mostVirtual)
  }
}

function isDeviceless (path: string): boolean {
  return unless(['EINVAL', 'ENOENT'], () => readlinkSync(path))?.includes('/virtual/') ?? false
}

/** Nothing where it was removed since its folder was listed, or is none: `bonding_masters` is a file among them. */
function readDevice (folder: string, name: string, deviceless: boolean): Device | undefined {
  const read = (file: string): string => readFileSync(`${folder}/${name}/${file}`, 'utf8')
  return unless(['ENOENT', 'ENOTDIR', 'ENODEV', 'EINVAL'], () => {
    const flags = Number(read('flags'))
    return {
      name,
      index: Number.parseInt(read('ifindex')) || null,
      mac: parseMac(read('address')),
      up: (flags & IFF_UP) !== 0,
      loopback: (flags & IFF_LOOPBACK) !== 0,
      deviceless,
      master: deviceless ? null : masterOf(`${folder}/${name}`)
    }
  })
}

/** Most have none, which is looked up first: an exception for each in every report would be a waste. */
function masterOf (path: string): string | null {
  if (lstatSync(`${path}/master`, { throwIfNoEntry: false }) === undefined) return null
  const target = unless(['EINVAL', 'ENOENT'], () => readlinkSync(`${path}/master`))
  return target === undefined ? null : basename(target)
}

/** Undefined where reading fails with one of these codes. A lack of file descriptors, say, must not look like a lack of NICs. */
function unless <T> (codes: readonly string[], read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (codes.includes((error as NodeJS.ErrnoException).code ?? '')) return undefined
    throw error
  }
}
