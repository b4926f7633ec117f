import nodeOs from 'node:os'
import type { Collector } from '@tatuscan/core'
import { bootSeconds, instantOf } from './boot-time.ts'
import { readLinux, readLinuxHardware } from './linux.ts'
import { once } from './once.ts'
import { readPortable, shapeHardware } from './portable.ts'
import { schema, type OsFacts } from './schema.ts'

export type { OsFacts } from './schema.ts'

/** Where the os collector looks; tests put recorded machines there. */
export interface OsOptions {
  /** The platform to read as. @default process.platform */
  readonly platform?: NodeJS.Platform
  /** The folder in which `/proc`, `/sys` and `/etc` are found, and on macOS `/System`. @default '/' */
  readonly root?: string
  /** What tells names, releases and uptime where no file does. @default node:os */
  readonly os?: Pick<typeof nodeOs, 'hostname' | 'release' | 'version' | 'machine' | 'uptime'>
  /** What tells ids and virtualisation where the platform is not Linux. @default the package systeminformation */
  readonly systeminformation?: () => Promise<Pick<typeof import('systeminformation'), 'uuid' | 'system'>>
  /** The time in milliseconds since 1970, less uptime the boot time where the platform is not Linux. @default Date.now */
  readonly now?: () => number
}

/** The operating system: names, versions, boot time, its machine id, and what it runs in. */
export function os ({
  platform = process.platform, root = '/', os: node = nodeOs, systeminformation = () => import('systeminformation'), now = Date.now
}: OsOptions = {}): Collector<OsFacts> {
  const linuxHardware = once(() => readLinuxHardware(root))
  const portableHardware = once(async () => {
    const { uuid, system } = await systeminformation()
    return shapeHardware(platform, ...await Promise.all([uuid(), system()]))
  }, ({ machine_id }) => machine_id !== null)
  let booted: number | undefined

  return {
    name: 'os',
    schema,
    async collect () {
      if (platform === 'linux') {
        const [facts, hardware] = await Promise.all([readLinux(root, node), linuxHardware()])
        return { ...facts, ...hardware }
      }
      const [facts, hardware] = await Promise.all([readPortable(platform, root, node), portableHardware()])
      booted = bootSeconds(now(), node.uptime(), booted)
      return { ...facts, boot_time: instantOf(booted), ...hardware }
    }
  }
}

export default os
