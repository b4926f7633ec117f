import { runningInterfaces, type OsAddresses } from './addresses.ts'
import type { Found, FoundInterface } from './found.ts'
import { readProc } from './proc.ts'
import { defaultSource, parseIfInet6, parseLocalAddresses, parseRoutes, routeTo } from './routes.ts'
import { readSysfs, type Device } from './sysfs.ts'

/** An interface without one goes last. */
const unknownIndex = Number.MAX_SAFE_INTEGER

/**
 * Reads `/sys/class/net` below `root`; where that is not to be had, as in some containers, the addresses are all there
 * is. Routes are read only where they are needed, since a router can have a million.
 */
export function readLinux (root: string, addresses: OsAddresses): Found {
  // An IPv4 with a label, as `ip addr add … label eth0:1` gives it, appears under the label.
  const running = runningInterfaces(addresses, (name) => name.split(':', 1)[0]!)
  const { names, devices, unread } = readSysfs(root, (name) => (running.get(name)?.ipv4.length ?? 0) > 0)
  const idle = addressesOfIdle(root, devices.filter(({ up, name }) => up && !running.has(name)), running)

  const found = devices.map((device): FoundInterface => ({
    ...device,
    ipv4: running.get(device.name)?.ipv4 ?? idle.get(device.name)?.ipv4 ?? [],
    ipv6: running.get(device.name)?.ipv6 ?? idle.get(device.name)?.ipv6 ?? []
  }))
  const elsewhere = [...running.values()].filter(({ name }) => !names.has(name))
  const ipv4Of = (name: string) => running.get(name)?.ipv4 ?? idle.get(name)?.ipv4 ?? []
  return {
    interfaces: [...found, ...elsewhere].sort((a, b) => (a.index ?? unknownIndex) - (b.index ?? unknownIndex)),
    unread,
    defaultSource: () => defaultSource(parseRoutes(readProc(root, 'net/route')), ipv4Of)
  }
}

interface Addresses {
  readonly ipv4: string[]
  readonly ipv6: string[]
}

/**
 * The addresses of interfaces that are up but don't run, having no cable: `node:os` does not tell of these. The kernel
 * lists all IPv4 of the machine, but not where each is held; the route to it tells that.
 */
function addressesOfIdle (root: string, devices: readonly Device[], running: ReadonlyMap<string, FoundInterface>): Map<string, Addresses> {
  const idle = new Map<string, Addresses>(devices.map(({ name }) => [name, { ipv4: [], ipv6: [] }]))
  if (idle.size === 0) return idle
  for (const { name, address } of parseIfInet6(readProc(root, 'net/if_inet6'))) idle.get(name)?.ipv6.push(address)
  const routes = parseRoutes(readProc(root, 'net/route')).filter(({ name }) => idle.has(name))
  if (routes.length === 0) return idle
  const held = new Set([...running.values()].flatMap(({ ipv4 }) => ipv4))
  for (const address of parseLocalAddresses(readProc(root, 'net/fib_trie'))) {
    const route = held.has(address) ? undefined : routeTo(address, routes)
    if (route !== undefined) idle.get(route.name)?.ipv4.push(address)
  }
  return idle
}
