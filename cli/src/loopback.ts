import { isIP } from 'node:net'

/** Whether an address to listen on can be reached from this machine alone. */
export function isLoopback (host: string): boolean {
  const address = host.replace(/^\[|\]$/g, '').replace(/^::ffff:(?=[\d.]+$)/i, '')
  return host === 'localhost' || address === '::1' || /^::ffff:7f[\da-f]{2}:[\da-f]{1,4}$/i.test(address) || (isIP(address) === 4 && address.startsWith('127.'))
}
