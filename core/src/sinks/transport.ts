import type { RequestOptions } from 'node:http'
import { DeliveryError, messageOf, TatuScanError } from '../errors.ts'
import { platformName } from '../projection.ts'
import { agentVersion } from '../version.ts'
import { postJson, type Answer, type PostOptions } from './post-json.ts'
import { proxyFor, type ProxyEnvironment } from './proxy.ts'
import { decoded, redactor, shown, shownText } from './redact.ts'

/** Which server, by which certificates and proxies, and how long it may take. */
export interface TransportOptions {
  /** The server, with its prefix where it has one: `https://inventory.example.com/tatuscan`. */
  readonly url: string
  /** How long one request may take, in milliseconds. @default 10000 */
  readonly timeoutMs?: number
  /** Sent as `Authorization: Bearer`. */
  readonly token?: string
  /** Certificates, as PEM, of the authorities that the server's may come from, instead of the well-known ones. */
  readonly ca?: string
  /** The client's own certificate with its chain, as PEM, for a server that asks for one; with its key. */
  readonly cert?: string
  readonly key?: string
  /** Where the proxy is named: `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`, in lower case too. @default process.env */
  readonly environment?: ProxyEnvironment
}

/** A way to one server: directly or through a proxy, with or without TLS. No message of it holds a secret. */
export interface Transport {
  /** @throws {DeliveryError} retryable, where no answer came; or the signal's reason */
  post (path: string, body: string, signal: AbortSignal): Promise<Answer>
  /** The URL of a path, for messages. */
  shown (path: string): string
  /** Takes the secrets out of text that came from elsewhere. */
  redact (text: string): string
  close (): void
}

/** @throws {TatuScanError} TATUSCAN_INVALID_OPTION for a URL, certificate, key or proxy that is none */
export function openTransport ({ timeoutMs = 10_000, ...options }: TransportOptions): Transport {
  const { base, headers, redact, way, through, close } = openRoute(options)
  return {
    async post (path, body, signal) {
      const target = new URL(path, base)
      try {
        const { request, to, agent } = await way()
        return await postJson(body, { request, to: { ...to(target), agent }, headers, signal, timeoutMs })
      } catch (error) {
        signal.throwIfAborted()
        throw new DeliveryError(redact(`${shown(target)} could not be reached${through}: ${explained(error)}`), { retryable: true, cause: error })
      }
    },
    shown: (path) => redact(shown(new URL(path, base))),
    redact,
    close
  }
}

/** A server, and how Node's client gets there. */
export interface Route {
  /** Its URL, which ends with a slash. */
  readonly base: URL
  /** What every request says: who asks. */
  readonly headers: Readonly<Record<string, string>>
  way (): Promise<Way>
  /** Which proxy is in between, for messages; empty where none is. */
  readonly through: string
  /** Takes the secrets out of text that came from elsewhere. */
  redact (text: string): string
  close (): void
}

/**
 * How a server is reached: directly or through a proxy, with or without TLS.
 *
 * @throws {TatuScanError} TATUSCAN_INVALID_OPTION for a URL, certificate, key or proxy that is none
 */
export function openRoute ({ url, token, ca, cert, key, environment = process.env }: Omit<TransportOptions, 'timeoutMs'>): Route {
  const base = parseBase(url)
  const tls = Object.fromEntries(Object.entries({ ca, cert, key }).filter(([, pem]) => pem !== undefined))
  if (Object.keys(tls).length > 0) checkTls(base, tls)
  const proxy = proxyFor(base, environment)
  if (typeof proxy === 'string') throw new TatuScanError('TATUSCAN_INVALID_OPTION', `the proxy that the environment names must look like http://proxy.example.com:3128; got ${shownText(proxy)}`)
  if (token !== undefined && !/^[\x20-\x7e]+$/.test(token)) throw new TatuScanError('TATUSCAN_INVALID_OPTION', 'the token must be of printable ASCII characters; the one that is given holds others, or none')
  let way: Promise<Way> | undefined
  return {
    base,
    headers: {
      'user-agent': `TatuScan/${agentVersion} (${platformName(process.platform)})`,
      ...token !== undefined && { authorization: `Bearer ${token}` }
    },
    way: async () => await (way ??= openWay(proxy, base, tls)),
    through: proxy === undefined ? '' : ` through the proxy ${shown(proxy)}`,
    redact: redactor([token], proxy === undefined ? [base] : [base, proxy]),
    close () {
      way?.then(({ agent }) => agent.destroy(), () => {})
    }
  }
}

/** How long a connection that nobody uses stays open: for the next batch, not for the next minute, since a server has many agents. */
const idleMs = 1000

/** Node's client, and what it is asked with to get to a URL. */
export interface Way {
  readonly request: PostOptions['request']
  readonly agent: PostOptions['to']['agent']
  readonly to: (target: URL) => RequestOptions
}

/**
 * Node's client of one protocol, imported when it is needed. A proxy is asked for an http URL by its whole name, and for
 * a tunnel (CONNECT) to an https one.
 */
async function openWay (proxy: URL | undefined, { protocol }: URL, tls: object): Promise<Way> {
  const options = { keepAlive: true, maxSockets: 2, ...tls }
  const brief = { ...options, timeout: idleMs }
  const load = async (protocol: string) => protocol === 'https:' ? await import('node:https') : await import('node:http')
  if (proxy !== undefined && protocol === 'http:') {
    const { Agent, request } = await load(proxy.protocol)
    const who = proxy.username === '' ? {} : { 'proxy-authorization': `Basic ${Buffer.from(`${decoded(proxy.username)}:${decoded(proxy.password)}`).toString('base64')}` }
    const through = { hostname: bare(proxy.hostname), port: proxy.port || (proxy.protocol === 'https:' ? 443 : 80) }
    return { request, agent: new Agent(brief), to: (target) => ({ ...addressOf(target), ...through, path: withoutWho(target), headers: { host: target.host, ...who } }) }
  }
  const { Agent, request } = await load(protocol)
  if (proxy === undefined) return { request, agent: new Agent(brief), to: addressOf }
  const { HttpsProxyAgent } = await import('hpagent')
  return { request, agent: new HttpsProxyAgent({ ...options, proxy: withPort(proxy) }), to: addressOf }
}

/** The options of a request to a URL, as Node derives them from one. */
function addressOf (target: URL): RequestOptions {
  const { hostname, port, protocol, pathname, search, username, password } = target
  const auth = username === '' && password === '' ? {} : { auth: `${decoded(username)}:${decoded(password)}` }
  return { hostname: bare(hostname), port: port || (protocol === 'https:' ? 443 : 80), path: pathname + search, ...auth }
}

/** A URL without who asks. */
function withoutWho (target: URL): string {
  const plain = new URL(target)
  plain.username = plain.password = plain.hash = ''
  return plain.href
}

/** An IPv6 address goes without its brackets. */
function bare (hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '')
}

/** hpagent takes a proxy without a port for one at port 80, also where it speaks TLS, and fails on a stray %. */
function withPort (proxy: URL): URL {
  const whole = { protocol: proxy.protocol, hostname: bare(proxy.hostname), port: proxy.port || (proxy.protocol === 'https:' ? '443' : '80') }
  return { ...whole, username: encodeURIComponent(decoded(proxy.username)), password: encodeURIComponent(decoded(proxy.password)) } as URL
}

/** What went wrong on the way. */
export function explained (error: unknown): string {
  const message = messageOf(error)
  const [, status] = /^Bad response: (\d+)$/.exec(message) ?? []
  return status === undefined ? message : `the proxy answered ${status}${status === '407' ? ': it wants a user and a password, as in http://user:password@proxy:3128' : ''}`
}

function parseBase (url: string): URL {
  const base = URL.canParse(url) ? new URL(url) : undefined
  if (base === undefined || !/^https?:$/.test(base.protocol)) {
    throw new TatuScanError('TATUSCAN_INVALID_OPTION', `the server's URL must look like http://inventory.example.com:8040; got ${shownText(url)}`)
  }
  base.search = base.hash = ''
  if (!base.pathname.endsWith('/')) base.pathname += '/'
  return base
}

function checkTls ({ protocol }: URL, { ca, cert, key }: { ca?: string, cert?: string, key?: string }): void {
  if (protocol !== 'https:') throw new TatuScanError('TATUSCAN_INVALID_OPTION', 'certificates are for servers that speak TLS: give a URL that begins with https://')
  if ((cert === undefined) !== (key === undefined)) throw new TatuScanError('TATUSCAN_INVALID_OPTION', `a client certificate needs its key, and the key its certificate; the ${cert === undefined ? 'certificate' : 'key'} is missing`)
  const { createSecureContext } = process.getBuiltinModule('node:tls')
  const { X509Certificate } = process.getBuiltinModule('node:crypto')
  const check = (what: string, read: () => unknown): void => {
    try {
      read()
    } catch (error) {
      throw new TatuScanError('TATUSCAN_INVALID_OPTION', `the ${what} can't be used: PEM is expected (-----BEGIN …); ${messageOf(error)}`, { cause: error })
    }
  }
  if (ca !== undefined) check('certificates of the authorities', () => new X509Certificate(ca)) // a context passes over what is none
  if (cert !== undefined) check('client certificate with its key', () => createSecureContext({ cert, key }))
}
