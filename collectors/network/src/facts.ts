import { limits } from '@tatuscan/core'
import type { Found, FoundInterface } from './found.ts'
import { isOutward, isVirtual, passedOver } from './passed-over.ts'
import type { InterfaceFacts, NetworkFacts } from './schema.ts'

/** Of the interfaces that software made, this many are listed. */
export const mostVirtual = 100
/** More would leave no room for the interfaces. No machine is known that has as many; the id would be made of the first. */
const mostPhysicalMacs = 256
const longestName = 128
/** How many addresses of each family an interface may list, from generous to meagre. */
const addressLimits = [32, 8, 2, 1] as const

/**
 * Makes the facts, within the size that a collector's facts may have. Where there is too much, virtual interfaces
 * beyond a hundred are left out and counted, then addresses, then interfaces whatever they are.
 */
export function shapeFacts ({ interfaces, unread, defaultSource }: Found): NetworkFacts {
  const judged = interfaces.map((found) => ({ ...found, virtual: isVirtual(found), passedOver: passedOver(found) }))
  const counting = judged.filter(({ passedOver }) => passedOver === null)
  const facts: NetworkFacts = {
    primary_ipv4: counting[0]?.ipv4.find(isOutward) ?? defaultSource(),
    physical_macs: counting.map(({ mac }) => mac!).sort().slice(0, mostPhysicalMacs),
    interfaces: [],
    left_out: Number.MAX_SAFE_INTEGER,
    addresses_left_out: Number.MAX_SAFE_INTEGER
  }
  const listed = fit(choose(judged), limits.factsBytes - jsonBytes(facts))
  const inOrder = judged.filter((found) => listed.has(found))
  facts.interfaces = inOrder.map((found) => listed.get(found)!)
  facts.left_out = unread + judged.length - inOrder.length
  facts.addresses_left_out = addresses(inOrder) - addresses(facts.interfaces)
  return facts
}

/** An interface with what it counts for. */
interface Judged extends FoundInterface {
  readonly virtual: boolean
  readonly passedOver: string | null
}

/** Those to be listed where there is room, the most telling first. */
function choose (interfaces: readonly Judged[]): Judged[] {
  const rank = ({ virtual, passedOver, ipv4 }: Judged): number => {
    if (!virtual) return passedOver === null ? 0 : 1
    return ipv4.length > 0 ? 2 : 3
  }
  const ranked = interfaces.toSorted((a, b) => rank(a) - rank(b))
  return ranked.slice(0, interfaces.filter(({ virtual }) => !virtual).length + mostVirtual)
}

function fit (chosen: readonly Judged[], bytes: number): Map<Judged, InterfaceFacts> {
  let shaped: InterfaceFacts[] = []
  for (const most of addressLimits) {
    shaped = chosen.map((found) => shapeInterface(found, most))
    if (jsonBytes(shaped) <= bytes) return new Map(shaped.map((facts, position) => [chosen[position]!, facts]))
  }
  const listed = new Map<Judged, InterfaceFacts>()
  let used = 0
  for (const [position, facts] of shaped.entries()) {
    used += jsonBytes(facts) + 1 // the comma
    if (used > bytes) break
    listed.set(chosen[position]!, facts)
  }
  return listed
}

function shapeInterface (found: Judged, mostAddresses: number): InterfaceFacts {
  return {
    name: found.name.slice(0, longestName).toWellFormed().replaceAll('\0', '\ufffd'),
    index: found.index,
    mac: found.mac,
    ipv4: found.ipv4.slice(0, mostAddresses),
    ipv6: found.ipv6.slice(0, mostAddresses),
    up: found.up,
    virtual: found.virtual,
    passed_over: found.passedOver
  }
}

function addresses (interfaces: ReadonlyArray<Pick<FoundInterface, 'ipv4' | 'ipv6'>>): number {
  return interfaces.reduce((sum, { ipv4, ipv6 }) => sum + ipv4.length + ipv6.length, 0)
}

function jsonBytes (value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value))
}
