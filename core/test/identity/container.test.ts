import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { containerWarning, type Evidence } from '../../src/index.ts'

const none: Evidence = { physical_macs: [], os_machine_id: null, hardware_uuid: null }
const withId: Evidence = { ...none, os_machine_id: '3d1219c7c4c5404aaa1f6d2a48adfda4' }
const docker = { virtualization: 'container', virtualization_kind: 'docker' }
const overlay = '631 540 0:59 / / rw,relatime master:226 - overlay overlay rw'
const volume = '655 631 8:1 /var/lib/docker/volumes/t/_data /var/lib/tatuscan rw,relatime master:1 - ext4 /dev/sda1 rw'
const spaced = volume.replace('/var/lib/tatuscan', '/var/lib/my\\040state')
const memory = '655 631 0:60 / /var/lib/tatuscan rw - tmpfs tmpfs rw'
const hostId = '656 631 8:1 /etc/machine-id /etc/machine-id ro,relatime - ext4 /dev/sda1 rw'

const cases: [what: string, os: Record<string, unknown> | undefined, mounts: string[], evidence: Evidence, warning: RegExp | undefined, folder?: string][] = [
  ['a container with neither', docker, [overlay], none, /every new container will be a new machine.*\/var\/lib\/tatuscan/],
  ['a container whose image has a machine id', docker, [overlay], withId, /all containers of the image are one machine/],
  ['a container whose state folder is in memory', docker, [overlay, memory], none, /every new container/],
  ['a container whose state folder is a volume', docker, [overlay, volume], none, undefined],
  ['a container whose state folder is below a volume', docker, [overlay, volume], none, undefined, '/var/lib/tatuscan/agent'],
  ['a container with a folder beside a volume', docker, [overlay, volume], none, /every new container/, '/var/lib/tatuscan2'],
  ['a container whose volume has a space in its name', docker, [overlay, spaced], none, undefined, '/var/lib/my state'],
  ['a container with the host’s machine id', docker, [overlay, hostId], withId, undefined],
  ['a container with an empty machine id mounted', docker, [overlay, hostId], none, /every new container/],
  ['a container of an unknown engine', { virtualization: 'container', virtualization_kind: null }, [overlay], none, /every new container/],
  ['a container that lives on like a machine', { virtualization: 'container', virtualization_kind: 'lxc' }, [overlay], withId, undefined],
  ['a container that has a physical NIC', docker, [overlay], { ...withId, physical_macs: ['00:1b:21:aa:bb:cc'] }, undefined],
  ['a machine', { virtualization: 'none' }, [overlay], none, undefined],
  ['a machine without the collector os', undefined, [overlay], none, undefined]
]
for (const [what, os, mounts, evidence, warning, folder = '/var/lib/tatuscan'] of cases) {
  test(`${what} is ${warning === undefined ? 'not ' : ''}warned of`, (t) => {
    const root = mkdtempSync(join(tmpdir(), 'tatuscan-container-'))
    t.teardown(() => rmSync(root, { recursive: true }))
    mkdirSync(join(root, 'proc/self'), { recursive: true })
    writeFileSync(join(root, 'proc/self/mountinfo'), mounts.join('\n') + '\n')
    const told = containerWarning({ os, folder, evidence, root })
    if (warning === undefined) t.is(told, undefined)
    else t.regex(told ?? '', warning)
  })
}

test('a container whose mounts can’t be read is warned of', (t) => {
  t.regex(containerWarning({ os: docker, folder: '/var/lib/tatuscan', evidence: none, root: '/no/such/root' })!, /every new container/)
})
