/** A row of `/proc/net/route`; addresses as unsigned numbers, the first octet being the highest. */
export interface Route {
  readonly name: string
  readonly destination: number
  readonly gateway: number
  readonly flags: number
  readonly metric: number
  readonly mask: number
}

// linux/route.h
const RTF_UP = 0x1
const RTF_GATEWAY = 0x2
const RTF_REJECT = 0x200

const row = /^(\S+)\s+([\dA-F]{8})\s+([\dA-F]{8})\s+([\dA-F]+)\s+\d+\s+\d+\s+(\d+)\s+([\dA-F]{8})\s/gm

/** @param table the text of /proc/net/route */
export function parseRoutes (table: string): Route[] {
  return [...table.matchAll(row)].map(([, name, destination, gateway, flags, metric, mask]) => ({
    name: name!,
    destination: fromHex(destination!),
    gateway: fromHex(gateway!),
    flags: Number.parseInt(flags!, 16),
    metric: Number(metric),
    mask: fromHex(mask!)
  }))
}

/** The address from which the machine speaks by its default route, the one of lowest metric. */
export function defaultSource (routes: readonly Route[], ipv4Of: (name: string) => readonly string[]): string | null {
  const defaults = routes.filter(({ destination, mask, flags }) => destination === 0 && mask === 0 && (flags & (RTF_UP | RTF_REJECT)) === RTF_UP)
  const route = defaults.sort((a, b) => a.metric - b.metric)[0]
  if (route === undefined) return null
  const own = ipv4Of(route.name)
  const toGateway = closest(route.gateway, routes.filter(({ name }) => name === route.name))
  return own.find((address) => toGateway !== undefined && holds(toGateway, fromDotted(address))) ?? own[0] ?? null
}

/** The route without a gateway that leads to this address, the narrowest. */
export function routeTo (address: string, routes: readonly Route[]): Route | undefined {
  return closest(fromDotted(address), routes)
}

/** @param trie the text of /proc/net/fib_trie; @returns the IPv4 that the machine itself holds, loopback left out */
export function parseLocalAddresses (trie: string): Set<string> {
  const matches = trie.matchAll(/\|-- (\S+)\n(?:\s+\/\d+ .*\n)*?\s+\/32 host LOCAL/g)
  return new Set([...matches].map(([, address]) => address!).filter((address) => !address.startsWith('127.')))
}

/** @param table the text of /proc/net/if_inet6: 32 hexadecimal digits, index, prefix, scope, flags, name */
export function parseIfInet6 (table: string): { name: string, address: string }[] {
  const { SocketAddress } = process.getBuiltinModule('node:net') // seldom needed, and slow to load
  return [...table.matchAll(/^([0-9a-f]{32})(?: [0-9a-f]+){4}\s+(\S+)$/gm)].map(([, digits, name]) => {
    const address = digits!.match(/.{4}/g)!.join(':')
    return { name: name!, address: new SocketAddress({ family: 'ipv6', address }).address }
  })
}

function closest (address: number, routes: readonly Route[]): Route | undefined {
  const leading = routes.filter((route) => route.mask !== 0 && (route.flags & RTF_GATEWAY) === 0 && holds(route, address))
  return leading.sort((a, b) => b.mask - a.mask)[0]
}

function holds ({ destination, mask }: Route, address: number): boolean {
  return ((address & mask) >>> 0) === destination
}

/** The kernel prints an address as a little-endian machine reads it. */
function fromHex (digits: string): number {
  return Buffer.from(digits, 'hex').readUInt32LE()
}

function fromDotted (address: string): number {
  return address.split('.').reduce((number, octet) => number * 256 + Number(octet), 0)
}
