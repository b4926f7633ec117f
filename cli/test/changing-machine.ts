import { cpSync, mkdirSync, mkdtempSync, readlinkSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import type nodeOs from 'node:os'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import type { ExecutionContext } from 'ava'
import { collectReport, keepIdentity, type IdentityDecision } from '@tatuscan/core'
import { recordedMachine } from '@tatuscan/core/testing'
import { network } from '@tatuscan/collector-network'
import { os } from '@tatuscan/collector-os'

type Addresses = ReturnType<typeof nodeOs.networkInterfaces>

/** A copy of a recorded Linux machine that hardware and people change, with a state folder of its own. */
export function changingMachine (t: ExecutionContext, name: string) {
  const folder = mkdtempSync(join(tmpdir(), 'tatuscan-machine-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const recorded = recordedMachine(name)
  const root = join(folder, 'root')
  cpSync(recorded.root, root, { recursive: true, verbatimSymlinks: true })
  let addresses: Addresses = recorded.os.networkInterfaces()
  const net = join(root, 'sys/class/net')

  return {
    root,
    state: join(folder, 'state'),
    write (path: string, text: string): void {
      mkdirSync(dirname(join(root, path)), { recursive: true })
      writeFileSync(join(root, path), `${text}\n`)
    },
    /** Plugs in a NIC, or makes one of software: below `virtual` there is no device. */
    add (nic: string, { mac = '', ipv4, device = 'pci0000:00/0000:00:14.0/usb3/3-1' }: { mac?: string, ipv4?: string, device?: string }): void {
      const target = `devices/${device}/net/${nic}`
      for (const [file, text] of Object.entries({ address: mac, ifindex: '40', flags: '0x1003', operstate: 'up', type: '1' })) this.write(`sys/${target}/${file}`, text)
      symlinkSync(`../../${target}`, join(net, nic))
      if (ipv4 !== undefined) this.assign(nic, ipv4, mac)
    },
    remove (nic: string): void {
      rmSync(resolve(net, readlinkSync(join(net, nic))), { recursive: true })
      rmSync(join(net, nic))
      this.release(nic)
    },
    /** DHCP gives an address, and takes it back. */
    assign (nic: string, ipv4: string, mac: string): void {
      addresses = { ...addresses, [nic]: [{ address: ipv4, netmask: '255.255.255.0', family: 'IPv4', mac, internal: false, cidr: `${ipv4}/24` }] }
    },
    release (nic: string): void {
      const { [nic]: _, ...rest } = addresses
      addresses = rest
    },
    rename (from: string, to: string): void {
      const target = readlinkSync(join(net, from))
      const device = resolve(net, target)
      renameSync(device, join(dirname(device), to))
      rmSync(join(net, from))
      symlinkSync(join(dirname(target), to), join(net, to))
      const { [from]: held, ...rest } = addresses
      addresses = { ...rest, [to]: held }
    },
    /** The next container, or the next disk: what the state folder held is gone. */
    loseState (): void { rmSync(this.state, { recursive: true, force: true }) },
    /** Starts an agent anew, and asks it once which machine this is. */
    async identify (): Promise<IdentityDecision> {
      const replay = { platform: recorded.platform, root, os: { ...recorded.os, networkInterfaces: () => addresses } }
      const decide = keepIdentity({ folder: this.state })
      let decision: IdentityDecision | undefined
      await collectReport({ collectors: [network(replay), os(replay)], identify: (facts, failures) => { decision = decide(facts, failures); return decision } })
      return decision!
    }
  }
}

export type ChangingMachine = ReturnType<typeof changingMachine>
