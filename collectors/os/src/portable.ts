import type os from 'node:os'
import { platformName } from '@tatuscan/core'
import type { Systeminformation } from 'systeminformation'
import { architectureOf } from './architecture.ts'
import type { Distribution } from './distribution.ts'
import { uuidOf } from './machine-id.ts'
import { readMacos } from './macos.ts'
import { plainText } from './plain-text.ts'
import type { OsFacts } from './schema.ts'
import { hypervisorKind } from './virtualization.ts'
import { shapeWindows } from './windows.ts'

/** What systeminformation tells, each a child process; it holds until the next start. */
export type PortableHardware = Pick<OsFacts, 'machine_id' | 'hardware_uuid' | 'virtualization' | 'virtualization_kind'>

/**
 * Shapes what systeminformation says on Windows and macOS. It never rejects: what it could not find out is `''`.
 * As the operating system's UUID it gives `MachineGuid` on Windows and `IOPlatformUUID` on macOS; the latter is the
 * hardware's, for which it gives a serial number there.
 */
export function shapeHardware (
  platform: NodeJS.Platform, uuid: Systeminformation.UuidData, { manufacturer, model, virtual, virtualHost }: Systeminformation.SystemData
): PortableHardware {
  const kind = hypervisorKind(manufacturer, model)
  const unknown = kind === undefined && !virtual && manufacturer === '' && model === ''
  return {
    machine_id: uuidOf(uuid.os),
    hardware_uuid: uuidOf(platform === 'darwin' ? uuid.os : uuid.hardware),
    virtualization: unknown ? null : kind !== undefined || virtual ? 'vm' : 'none',
    virtualization_kind: kind ?? (virtual ? plainText(virtualHost)?.toLowerCase().replace('-', '') ?? null : null)
  }
}

/** Reads what node:os tells without a child process. */
export async function readPortable (
  platform: NodeJS.Platform, root: string, node: Pick<typeof os, 'hostname' | 'release' | 'version' | 'machine'>
): Promise<Omit<OsFacts, keyof PortableHardware | 'boot_time'>> {
  return {
    hostname: plainText(node.hostname()),
    platform: platformName(platform),
    ...await distributionOf(platform, root, node),
    kernel: plainText(node.release()),
    architecture: architectureOf(node.machine())
  }
}

async function distributionOf (platform: NodeJS.Platform, root: string, node: Pick<typeof os, 'release' | 'version'>): Promise<Distribution> {
  if (platform === 'win32') return shapeWindows(node.release(), node.version())
  if (platform === 'darwin') return await readMacos(root)
  return { version: null, distribution: null, release: null, codename: null }
}
