/** Whom an address counts for: itself, or of IPv6 its /64, since who has one address there has 2^64. */
export function networkOf (address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)
  if (mapped !== null) return mapped[1]!
  if (!address.includes(':')) return address
  const [head = '', tail] = address.split('%', 1)[0]!.split('::')
  const groups = (text: string | undefined): string[] => text === undefined || text === '' ? [] : text.replace(/:[\d.]+\.\d+$/, ':0:0').split(':') // IPv4 at the end is two
  const [before, after] = [groups(head), groups(tail)]
  const zeros = Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0')
  return `${[...before, ...zeros, ...after].slice(0, 4).map((group) => parseInt(group, 16).toString(16)).join(':')}::/64`
}

/** Whether an address is of this very machine. */
export function isLoopback (address: string): boolean {
  return /^((::ffff:)?127\.\d+\.\d+\.\d+|::1)$/i.test(address)
}
