import { BlockList, isIP } from 'node:net'
import { plainAddress, TatuScanError } from '@tatuscan/core'

/**
 * Whether an address is in one of these networks.
 *
 * @param networks addresses or CIDR: `10.0.0.0/8`, `192.0.2.7`, `2001:db8::/32`
 * @throws {TatuScanError} TATUSCAN_INVALID_OPTION for what is none
 */
export function networks (given: readonly string[]): (address: string) => boolean {
  const list = new BlockList()
  for (const network of given) {
    const [address = '', bits, ...rest] = network.trim().split('/')
    const family = isIP(address)
    const most = family === 6 ? 128 : 32
    const length = bits === undefined ? most : Number(bits)
    if (family === 0 || rest.length > 0 || bits === '' || !Number.isInteger(length) || length < 0 || length > most) {
      throw new TatuScanError('TATUSCAN_INVALID_OPTION', `a network looks like 10.0.0.0/8, 192.0.2.7 or 2001:db8::/32; got ${JSON.stringify(network)}`)
    }
    list.addSubnet(address, length, family === 6 ? 'ipv6' : 'ipv4')
  }
  return (address) => {
    const plain = plainAddress(address)
    const family = isIP(plain)
    return family !== 0 && list.check(plain, family === 6 ? 'ipv6' : 'ipv4')
  }
}

/** How many addresses an answer is kept for. */
const remembered = 1000

/** The same, with the answers kept: every request comes from one of few proxies. Undefined: a connection that is gone. */
export function rememberedNetworks (given: readonly string[]): (address: string | undefined) => boolean {
  const isInside = networks(given)
  const answers = new Map<string, boolean>()
  return (address) => {
    if (address === undefined) return false
    const known = answers.get(address)
    if (known !== undefined) return known
    const answer = isInside(address)
    if (answers.size >= remembered) answers.clear()
    answers.set(address, answer)
    return answer
  }
}
