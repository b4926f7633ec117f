/** Whether an address is of this very machine; one of IPv4 may be written as IPv6, also in the form that URLs give it. */
export function isLoopback (address: string): boolean {
  return /^((::ffff:)?127\.\d+\.\d+\.\d+|::ffff:7f[\da-f]{2}:[\da-f]{1,4}|::1)$/i.test(address)
}
