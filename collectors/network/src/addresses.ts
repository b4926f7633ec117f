import type nodeOs from 'node:os'
import type { FoundInterface } from './found.ts'
import { parseMac } from './mac.ts'

export type OsAddresses = ReturnType<typeof nodeOs.networkInterfaces>

/**
 * The interfaces that `node:os` tells of: those that are up, running, and hold an address. Their index is known where
 * they hold a link-local IPv6.
 *
 * @param nameOf makes an interface's name of the one that `node:os` uses
 */
export function runningInterfaces (addresses: OsAddresses, nameOf = (name: string) => name): Map<string, FoundInterface> {
  const running = new Map<string, FoundInterface>()
  for (const [osName, infos = []] of Object.entries(addresses)) {
    const name = nameOf(osName)
    const known = running.get(name)
    const of = (family: string) => infos.filter((info) => info.family === family).map(({ address }) => address)
    const scopes = infos.map((info) => info.family === 'IPv6' ? info.scopeid : 0)
    running.set(name, {
      name,
      index: known?.index ?? scopes.find((scope) => scope > 0) ?? null,
      mac: known?.mac ?? parseMac(infos[0]?.mac ?? ''),
      ipv4: [...known?.ipv4 ?? [], ...of('IPv4')],
      ipv6: [...known?.ipv6 ?? [], ...of('IPv6')],
      up: true,
      loopback: known?.loopback ?? infos.some(({ internal }) => internal),
      deviceless: false,
      master: null
    })
  }
  return running
}
