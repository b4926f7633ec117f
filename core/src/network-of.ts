/** IPv4 in the form of IPv6, as a socket that takes both tells it, is IPv4. */
export function plainAddress (address: string): string {
  return address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '')
}

/** Whom an address counts for: itself, or of IPv6 its /64, since who has one address there has 2^64. */
export function networkOf (given: string): string {
  const address = plainAddress(given)
  if (!address.includes(':')) return address
  const [head = '', tail = ''] = address.split('%', 1)[0]!.split('::')
  const groups = (text: string): string[] => text === '' ? [] : text.replace(/:[\d.]+\.\d+$/, ':0:0').split(':') // IPv4 at the end is two
  const [before, after] = [groups(head), groups(tail)]
  const zeros = Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0')
  return `${[...before, ...zeros, ...after].slice(0, 4).map((group) => parseInt(group, 16).toString(16)).join(':')}::/64`
}
