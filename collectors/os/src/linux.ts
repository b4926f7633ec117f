import type os from 'node:os'
import { architectureOf } from './architecture.ts'
import { bootTimeIn } from './boot-time.ts'
import { readDistribution } from './distribution.ts'
import { machineIdOf, uuidOf } from './machine-id.ts'
import { plainText } from './plain-text.ts'
import { readText } from './read-text.ts'
import type { OsFacts } from './schema.ts'
import { readVirtualization } from './virtualization.ts'

/** What holds until the next start. */
export type LinuxHardware = Pick<OsFacts, 'hardware_uuid' | 'virtualization' | 'virtualization_kind'>

/** Reads from `/sys` below `root`. The UUID is for root's eyes only. */
export async function readLinuxHardware (root: string): Promise<LinuxHardware> {
  const [uuid, virtualization] = await Promise.all([readText(root, 'sys/class/dmi/id/product_uuid'), readVirtualization(root)])
  return { hardware_uuid: uuidOf(uuid), ...virtualization }
}

/** Reads what may change while the system runs: names, and what an upgrade replaces. */
export async function readLinux (
  root: string, node: Pick<typeof os, 'hostname' | 'release' | 'machine'>
): Promise<Omit<OsFacts, keyof LinuxHardware>> {
  const [hostname, osrelease, stat, machineId] = await Promise.all([
    'proc/sys/kernel/hostname', 'proc/sys/kernel/osrelease', 'proc/stat', 'etc/machine-id'
  ].map((path) => readText(root, path)))
  const kernel = plainText(osrelease) ?? plainText(node.release())
  return {
    hostname: hostnameOf(hostname) ?? hostnameOf(node.hostname()),
    platform: 'linux',
    ...await readDistribution(root, kernel),
    kernel,
    architecture: architectureOf(node.machine()),
    boot_time: bootTimeIn(stat),
    machine_id: machineIdOf(machineId) ?? machineIdOf(await readText(root, 'var/lib/dbus/machine-id'))
  }
}

/** The kernel's word for a name that was never set is `(none)`. */
function hostnameOf (text: string | undefined): string | null {
  const hostname = plainText(text)
  return hostname === '(none)' ? null : hostname
}
