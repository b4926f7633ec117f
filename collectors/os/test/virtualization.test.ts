import test from 'ava'
import { shapeHardware } from '../src/portable.ts'
import { hypervisorKind, shapeVirtualization, type VirtualizationEvidence } from '../src/virtualization.ts'

const iron = { 'proc/cpuinfo': 'processor\t: 0\nflags\t\t: fpu vme vmx\n' }
const guest = { 'proc/cpuinfo': 'processor\t: 0\nflags\t\t: fpu hypervisor lahf_lm\n' }
const clocks = 'sys/devices/system/clocksource/clocksource0/available_clocksource'
const vendor = 'sys/class/dmi/id/sys_vendor'
const product = 'sys/class/dmi/id/product_name'

for (const [title, files, virtualization, kind] of [
  ['a processor without the hypervisor flag', iron, 'none', null],
  ['a processor with it', guest, 'vm', null],
  ['nothing at all', {}, null, null],
  ['a guest of QEMU', { ...guest, [vendor]: 'QEMU\n', [product]: 'Standard PC (Q35 + ICH9, 2009)\n', [clocks]: 'tsc acpi_pm\n' }, 'vm', 'qemu'],
  ['a guest of QEMU with KVM', { ...guest, [vendor]: 'QEMU\n', [clocks]: 'kvm-clock tsc acpi_pm\n' }, 'vm', 'kvm'],
  ['a paravirtual Xen guest', { ...guest, 'sys/hypervisor/type': 'xen\n', 'proc/xen/capabilities': '\n' }, 'vm', 'xen'],
  ['Xen’s own domain', { ...guest, 'sys/hypervisor/type': 'xen\n', 'proc/xen/capabilities': 'control_d\n' }, 'none', null],
  ['an instance of Amazon', { ...guest, [vendor]: 'Amazon EC2\n', [product]: 't3.micro\n' }, 'vm', 'amazon'],
  ['a whole machine of Amazon', { ...iron, [vendor]: 'Amazon EC2\n', [product]: 'c7g.metal-48xl\n' }, 'none', null],
  ['a Chromebook, which Google makes', { ...iron, [vendor]: 'Google\n', [product]: 'Eve\n' }, 'none', null],
  ['a Surface, which Microsoft makes', { ...iron, [vendor]: 'Microsoft Corporation\n', [product]: 'Surface Pro 9\n' }, 'none', null],
  ['a Xeon', { ...iron, [vendor]: 'Intel\n', [product]: 'Xeon Board\n' }, 'none', null],
  ['Docker', { ...guest, '.dockerenv': '' }, 'container', 'docker'],
  ['Podman', { ...iron, 'run/.containerenv': 'engine="podman-4.3.1"\n', 'proc/1/environ': 'PATH=/bin\0container=oci\0' }, 'container', 'podman'],
  ['systemd-nspawn', { ...iron, 'proc/1/environ': 'container=systemd-nspawn\0TERM=vt220\0' }, 'container', 'systemd-nspawn'],
  ['an engine that systemd noted', { ...iron, 'run/systemd/container': 'lxc\n' }, 'container', 'lxc'],
  ['an engine with a strange name', { ...iron, 'proc/1/environ': 'container=<b>\0' }, 'container', null],
  ['an environment that only mentions containers', { ...iron, 'proc/1/environ': 'mycontainer=1\0PATH=/container=x\0' }, 'none', null],
  ['a pod', { ...guest, 'run/secrets/kubernetes.io/serviceaccount/namespace': 'default', '.dockerenv': '' }, 'container', 'kubernetes'],
  ['a pod’s cgroup', { ...guest, 'proc/1/cgroup': '11:cpu:/kubepods/burstable/pod1/2\n' }, 'container', 'kubernetes'],
  ['Docker’s cgroup', { ...guest, 'proc/1/cgroup': '4:memory:/docker/3f2a9c1b7d4e\n' }, 'container', 'docker'],
  ['a host’s cgroup', { ...iron, 'proc/1/cgroup': '0::/init.scope\n' }, 'none', null]
] as ReadonlyArray<[string, VirtualizationEvidence, string | null, string | null]>) {
  test(`${title}: ${virtualization}${kind === null ? '' : `, ${kind}`}`, (t) => {
    t.deepEqual<object, object>(shapeVirtualization(files), { virtualization, virtualization_kind: kind })
  })
}

for (const [maker, model, kind] of [
  ['VMware, Inc.', 'VMware Virtual Platform', 'vmware'],
  ['innotek GmbH', 'VirtualBox', 'virtualbox'],
  ['Microsoft Corporation', 'Virtual Machine', 'hyperv'],
  ['Parallels International GmbH.', 'Parallels Virtual Platform', 'parallels'],
  ['FreeBSD', 'BHYVE', 'bhyve'],
  ['Google', 'Google Compute Engine', 'google'],
  ['DigitalOcean', 'Droplet', 'digitalocean'],
  ['OpenStack Foundation', 'OpenStack Nova', 'openstack'],
  ['Apple Inc.', 'VirtualMac2,1', 'apple'],
  ['Xen', 'HVM domU', 'xen'],
  ['Red Hat', 'KVM', 'kvm'],
  ['Hetzner', 'vServer', 'kvm'],
  ['Dell Inc.', 'PowerEdge R640', undefined]
] as const) {
  test(`${maker} ${model} is ${kind ?? 'a machine'}`, (t) => {
    t.is(hypervisorKind(`${maker}\n`, `${model}\n`), kind)
  })
}

test('where maker and model say nothing, systeminformation’s own guess holds', (t) => {
  const uuid = { os: '', hardware: '', macs: [] }
  const system = { manufacturer: 'Foo', model: 'Bar', version: '', serial: '', uuid: '', sku: '', virtual: true, virtualHost: 'Hyper-V' }
  t.like(shapeHardware('win32', uuid, system), { virtualization: 'vm', virtualization_kind: 'hyperv' })
  t.like(shapeHardware('win32', uuid, { ...system, virtualHost: '' }), { virtualization: 'vm', virtualization_kind: null })
  t.like(shapeHardware('win32', uuid, { ...system, virtual: false }), { virtualization: 'none', virtualization_kind: null })
})
