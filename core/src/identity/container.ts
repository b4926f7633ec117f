import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Evidence } from './evidence.ts'

/** Engines whose containers are replaced rather than kept; the others' (lxc, systemd-nspawn) live on as a machine does. */
const replacing = new Set<unknown>(['docker', 'podman', 'kubernetes', 'containerd', null, undefined])

/** What is known of a machine that may be a container. */
export interface ContainerOptions {
  /** The facts of the collector os. */
  readonly os: Record<string, unknown> | undefined
  /** The state folder. */
  readonly folder: string
  /** What the identity is kept with; undefined where it is not kept. */
  readonly evidence: Evidence | undefined
  /** The folder below which `/proc` is found. @default '/' */
  readonly root?: string
}

/**
 * What is wrong with the identity of an agent in a container: the next container from the same image is another
 * machine, or all of them are one, unless a volume holds the state folder or the host's machine id is mounted.
 * Undefined where nothing is.
 */
export function containerWarning ({ os, folder, evidence, root = '/' }: ContainerOptions): string | undefined {
  if (os?.virtualization !== 'container' || !replacing.has(os.virtualization_kind) || evidence === undefined || evidence.physical_macs.length > 0) return undefined
  const mounts = mountPoints(root)
  const above = (path: string) => mounts.some((mount) => mount !== '/' && (path === mount || path.startsWith(`${mount}/`)))
  if (above(folder) || (evidence.os_machine_id !== null && above('/etc/machine-id'))) return undefined
  const otherwise = evidence.os_machine_id === null
    ? 'every new container will be a new machine'
    : 'its machine id is the image’s, so all containers of the image are one machine'
  return `this is a container that keeps neither a state folder nor the host's machine id: ${otherwise}. Mount a volume at ${folder}, or the host's /etc/machine-id (read-only)`
}

/** Where something is mounted that lasts longer than memory does. */
function mountPoints (root: string): string[] {
  let text
  try {
    text = readFileSync(join(root, 'proc/self/mountinfo'), 'utf8')
  } catch {
    return []
  }
  return text.split('\n').flatMap((line) => {
    const [left = '', right = ''] = line.split(' - ')
    const point = left.split(' ')[4]
    if (point === undefined || /^(tmpfs|ramfs) /.test(right)) return []
    return [point.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))]
  })
}
