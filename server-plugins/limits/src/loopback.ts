/** Whether an address is of this very machine. */
export function isLoopback (address: string): boolean {
  return /^((::ffff:)?127\.\d+\.\d+\.\d+|::1)$/i.test(address)
}
