import { parseCookie, stringifySetCookie } from 'cookie'
import type { FastifyRequest } from 'fastify'

export interface CookieOptions {
  /** The path under which the pages are, without a slash at its end. */
  readonly base: string
  /** The address that people have. */
  readonly publicUrl?: string | undefined
}

/** Cookies that scripts and other sites don't get, and, where people come by TLS, plain HTTP and other hosts neither. */
export interface Cookies {
  read (request: FastifyRequest, name: string): string | undefined
  /** The value of `Set-Cookie`. @param maxAge in seconds; without it until the browser is closed */
  write (request: FastifyRequest, name: string, value: string, maxAge?: number): string
}

export function createCookies ({ base, publicUrl }: CookieOptions): Cookies {
  const ours = publicUrl === undefined ? null : URL.parse(publicUrl)
  /** Also behind a proxy that speaks TLS and is not named, where the browser asked for our https address. */
  const isSecure = ({ protocol, host }: FastifyRequest): boolean => protocol === 'https' || (ours?.protocol === 'https:' && host.toLowerCase() === ours.host)
  /** By such a name a browser takes it over TLS alone, and for `__Host-` from this very host: no neighbour can plant one. */
  const nameOf = (request: FastifyRequest, name: string): string => !isSecure(request) ? name : `${base === '' ? '__Host-' : '__Secure-'}${name}`
  return {
    read: (request, name) => parseCookie(request.headers.cookie ?? '')[nameOf(request, name)],
    write: (request, name, value, maxAge) => stringifySetCookie({
      name: nameOf(request, name), value, path: base || '/', httpOnly: true, sameSite: 'lax', secure: isSecure(request), ...maxAge !== undefined && { maxAge }
    })
  }
}
