import { plainText } from './plain-text.ts'

/** What other systems call an architecture, by the name that Linux has for it: one filter then finds all of a kind. */
const names = new Map([['amd64', 'x86_64'], ['x64', 'x86_64'], ['arm64', 'aarch64']])

/** @param machine what uname -m says: `x86_64`, `arm64` */
export function architectureOf (machine: string): string | null {
  const name = plainText(machine)
  return name === null ? null : names.get(name.toLowerCase()) ?? name
}
