import type { Systeminformation as Answers } from 'systeminformation'
import { runningInterfaces, type OsAddresses } from './addresses.ts'
import type { Found, FoundInterface } from './found.ts'
import { parseMac } from './mac.ts'

type Answer = Pick<Answers.NetworkInterfacesData, 'iface' | 'default' | 'mac' | 'internal' | 'operstate'>

/** What is asked of systeminformation. */
export interface Systeminformation {
  networkInterfaces (rescan: boolean): Promise<Answer[]>
}

/**
 * Reads Windows and macOS. What counts for identity comes from `node:os` alone, in its order: it asks the same system
 * calls as the original did. systeminformation adds the interfaces that hold no address, and tells the default one. It
 * runs programs for that, so it may answer from its memory for as long as the addresses stay as they are. Its `virtual`
 * is not used: it takes every guest of VMware, VirtualBox or Hyper-V for one that has no NIC.
 */
export async function readPortable (addresses: OsAddresses, systeminformation: () => Promise<Systeminformation>): Promise<Found> {
  const running = runningInterfaces(addresses)
  const answers = await (await systeminformation()).networkInterfaces(false)
  const others = answers.filter(({ iface }) => iface !== '' && !running.has(iface))
  return {
    interfaces: [...running.values(), ...others.map(shapeOther)],
    unread: 0,
    defaultSource: () => running.get(answers.find((answer) => answer.default)?.iface ?? '')?.ipv4[0] ?? null
  }
}

function shapeOther ({ iface, mac, internal, operstate }: Answer): FoundInterface {
  return { name: iface, index: null, mac: parseMac(mac), ipv4: [], ipv6: [], up: operstate === 'up', loopback: internal, deviceless: false, master: null }
}
