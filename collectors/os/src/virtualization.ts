import type { OsFacts } from './schema.ts'
import { readText } from './read-text.ts'

export type Virtualization = Pick<OsFacts, 'virtualization' | 'virtualization_kind'>

/** What makers and models a hypervisor gives to its guests, as `maker / model`. Some are makers of real machines too. */
const hypervisors: ReadonlyArray<readonly [name: RegExp, kind: string]> = [
  [/VMware/i, 'vmware'],
  [/VirtualBox|innotek/i, 'virtualbox'],
  [/^Microsoft.* \/ Virtual Machine/i, 'hyperv'],
  [/Parallels/i, 'parallels'],
  [/bhyve/i, 'bhyve'],
  [/Amazon EC2/i, 'amazon'],
  [/Google Compute Engine/i, 'google'],
  [/DigitalOcean/i, 'digitalocean'],
  [/OpenStack/i, 'openstack'],
  [/VirtualMac|Apple Virtualization/i, 'apple'],
  [/\bXen\b|HVM domU/i, 'xen'],
  [/\bKVM\b|KubeVirt|oVirt|RHEV|Alibaba Cloud ECS|Hetzner \/ vServer/i, 'kvm'],
  [/QEMU|Bochs/i, 'qemu']
]

/** What clock sources only guests have. */
const guestClocks: ReadonlyArray<readonly [name: RegExp, kind: string]> = [[/kvm-clock/, 'kvm'], [/hyperv/, 'hyperv'], [/\bxen\b/, 'xen']]

const cgroups: ReadonlyArray<readonly [name: RegExp, kind: string]> = [
  [/kubepods/, 'kubernetes'], [/docker/, 'docker'], [/libpod/, 'podman'], [/\/lxc/, 'lxc'], [/containerd/, 'containerd']
]

const evidence = [
  '.dockerenv', 'run/.containerenv', 'run/systemd/container', 'run/secrets/kubernetes.io/serviceaccount/namespace', 'proc/1/environ', 'proc/1/cgroup',
  'sys/class/dmi/id/sys_vendor', 'sys/class/dmi/id/product_name', 'sys/hypervisor/type', 'proc/xen/capabilities', 'proc/cpuinfo',
  'sys/devices/system/clocksource/clocksource0/available_clocksource'
] as const

/** The texts of the files that give virtualisation away; those that could not be read are undefined. */
export type VirtualizationEvidence = Partial<Record<typeof evidence[number], string | undefined>>

/** Reads what Linux below `root` runs in. None of it changes before the next start. */
export async function readVirtualization (root: string): Promise<Virtualization> {
  return shapeVirtualization(Object.fromEntries(await Promise.all(evidence.map(async (path) => [path, await readText(root, path)] as const))))
}

/** A container is told before the virtual machine that it may run in. Null where there is nothing to tell it by. */
export function shapeVirtualization (files: VirtualizationEvidence): Virtualization {
  const container = containerKind(files)
  if (container !== undefined) return { virtualization: 'container', virtualization_kind: container }
  if (files['proc/xen/capabilities']?.includes('control_d')) return { virtualization: 'none', virtualization_kind: null } // the host's own domain

  const vendor = files['sys/class/dmi/id/sys_vendor']
  const product = files['sys/class/dmi/id/product_name']
  const cpuinfo = files['proc/cpuinfo']
  const named = hypervisorKind(vendor, product) ?? kindIn(hypervisors, files['sys/hypervisor/type'])
  const clock = kindIn(guestClocks, files['sys/devices/system/clocksource/clocksource0/available_clocksource'])
  // QEMU with the kernel's help is KVM, and only the clock tells the two apart.
  const kind = named === 'qemu' ? clock ?? named : named ?? clock
  if (named !== undefined || /^flags\s*:.*\bhypervisor\b/m.test(cpuinfo ?? '')) return { virtualization: 'vm', virtualization_kind: kind ?? null }
  const blind = vendor === undefined && product === undefined && cpuinfo === undefined
  return { virtualization: blind ? null : 'none', virtualization_kind: null }
}

/**
 * Tells a guest by its maker and model, which Linux, Windows and macOS all give.
 *
 * @returns the hypervisor; undefined where the names are no hypervisor's
 */
export function hypervisorKind (vendor: string | undefined, product: string | undefined): string | undefined {
  const name = `${vendor?.trim() ?? ''} / ${product?.trim() ?? ''}`
  const whole = /\/ \w+\.metal/.test(name) // Amazon's instances that are whole machines: m5.metal, c7g.metal-48xl
  return whole ? undefined : kindIn(hypervisors, name)
}

/** The engine, null where a container doesn't tell its engine; undefined outside of containers. */
function containerKind (files: VirtualizationEvidence): string | null | undefined {
  if (files['run/secrets/kubernetes.io/serviceaccount/namespace'] !== undefined) return 'kubernetes'
  const told = /(?:^|\0)container=([^\0]+)/.exec(files['proc/1/environ'] ?? '')?.[1] ?? (files['run/systemd/container']?.trim() || undefined)
  if (told !== undefined && told !== 'oci') return /^[\w-]{1,32}$/.test(told) ? told : null
  if (files['run/.containerenv'] !== undefined) return 'podman'
  if (files['.dockerenv'] !== undefined) return 'docker'
  return kindIn(cgroups, files['proc/1/cgroup']) ?? (told === undefined ? undefined : null)
}

function kindIn (table: ReadonlyArray<readonly [name: RegExp, kind: string]>, text: string | undefined): string | undefined {
  return text === undefined ? undefined : table.find(([name]) => name.test(text))?.[1]
}
