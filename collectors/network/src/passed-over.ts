import type { FoundInterface } from './found.ts'
import { isLocallyAdministered, isPlaceholder } from './mac.ts'

/** The words of the original, which takes an interface for virtual where its name contains one. */
const virtualWords = [
  'docker', 'veth', 'br-', 'tun', 'tap', 'vmnet', 'macvlan', 'ipvlan', 'wg', 'wireguard', 'dummy', 'virtual', 'vpn', 'hyper-v', 'vmware',
  'virtualbox', 'teredo'
] as const

/**
 * Why an interface's MAC is no evidence of the machine's identity; null where it is. The rule is the original's, to
 * the letter, so that both derive the same id. What is for good comes first: `down` and `no IPv4` are therefore said
 * only of a NIC that would count otherwise, and `no IPv4` alone only of one that may get one: not of a part of a bond
 * or bridge, whose master holds it.
 */
export function passedOver (candidate: FoundInterface): string | null {
  const { mac, ipv4, up, loopback, master } = candidate
  if (loopback) return 'loopback'
  const virtual = virtualReason(candidate)
  if (virtual !== null) return `virtual: ${virtual}`
  if (mac === null) return 'no MAC'
  if (isPlaceholder(mac)) return 'placeholder MAC'
  if (isLocallyAdministered(mac)) return 'locally administered MAC'
  if (!up) return 'down'
  if (ipv4.some(isOutward)) return null
  return master === null ? 'no IPv4' : `no IPv4 of its own: part of ${master}`
}

export function isVirtual (candidate: FoundInterface): boolean {
  return candidate.loopback || virtualReason(candidate) !== null
}

/** Not a loopback address. */
export function isOutward (ipv4: string): boolean {
  return !ipv4.startsWith('127.')
}

function virtualReason ({ name, deviceless }: FoundInterface): string | null {
  if (deviceless) return 'no device is behind it'
  const lowerCase = name.toLowerCase()
  const word = virtualWords.find((word) => lowerCase.includes(word))
  return word === undefined ? null : `its name contains ${word}`
}
