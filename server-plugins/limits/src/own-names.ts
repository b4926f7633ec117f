import { isIP } from 'node:net'
import { hostname } from 'node:os'
import { TatuScanError } from '@tatuscan/core'
import { isLoopback } from './loopback.ts'
import type { Check, Refusal } from './refuse.ts'

/** The names that the server goes by. */
export interface OwnNames {
  /** The address that the server listens on: of `0.0.0.0` or `::` any address is its own, and the machine's name. */
  readonly host: string
  /** The address that people have: `https://inventory.example.com`. */
  readonly publicUrl?: string | undefined
}

/**
 * Refuses what is asked of another name than the server's, as a page does whose own name was made to lead here, and
 * changes that come from another site's pages. Agents and supervisors, which are no browsers and so tell no origin, may call
 * it what they like; a page that sends a report or enrols is held to the same as any other.
 *
 * @throws {TatuScanError} TATUSCAN_INVALID_OPTION
 */
export function checkOwn ({ host, publicUrl }: OwnNames): Check {
  const ours = publicUrl === undefined ? undefined : readPublicUrl(publicUrl)
  const own = plainName(urlOf(`http://${isIP(host) === 6 ? `[${host}]` : host}`)?.hostname ?? host) // as URLs write it
  const anywhere = own === '0.0.0.0' || own === '::'
  const names = new Set([own, ...ours === undefined ? [] : [plainName(ours.hostname)], ...anywhere ? [hostname().toLowerCase()] : []])

  const isOurs = (name: string): boolean => names.has(name) || name === 'localhost' || name.endsWith('.localhost') || isLoopback(name) || (anywhere && isIP(name) > 0)

  // It is told in plain words even where a page was asked for: whoever set the server up needs them
  const refusal = (message: string): Refusal => ({ error: new TatuScanError('TATUSCAN_FORBIDDEN', message), plain: true })

  return (request, { access, probe }) => {
    const { origin } = request.headers
    if (probe || (origin === undefined && (access === 'agent' || access === 'enrol'))) return undefined
    const asked = /[@/\\?#]/.test(request.host) ? undefined : urlOf(`${request.protocol}://${request.host}`)
    if (asked === undefined || !isOurs(plainName(asked.hostname))) {
      return refusal(`this server does not go by the name ${asked?.hostname ?? 'that was asked for'}; ` +
        'if it should, start it with --public-url, or TATUSCAN_PUBLIC_URL, set to the address that people have')
    }
    if (origin === undefined || ['GET', 'HEAD', 'OPTIONS'].includes(request.method)) return undefined
    const from = urlOf(origin)
    if (from === undefined || (from.host !== asked.host && from.host !== ours?.host)) {
      return refusal('what changes something comes from this server’s own pages, and not from another’s; behind a proxy, TATUSCAN_PUBLIC_URL names the address that people have')
    }
    return undefined
  }
}

function readPublicUrl (given: string): URL {
  const url = urlOf(given)
  if (url !== undefined && /^https?:$/.test(url.protocol)) return url
  throw new TatuScanError('TATUSCAN_INVALID_OPTION', `the public URL looks like https://inventory.example.com; got ${JSON.stringify(given)}`)
}

function urlOf (text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined
}

/** Without the brackets of IPv6, and the dot at the end of a full name. */
function plainName (name: string): string {
  return name.toLowerCase().replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '')
}
