/** The variables that say which proxy to use; lower case beats upper case. */
export type ProxyEnvironment = Readonly<Record<string, string | undefined>>

const defaultPorts: Record<string, string> = { 'http:': '80', 'https:': '443' }

/**
 * The proxy through which a URL is reached, by the environment's own rules: `HTTP_PROXY` or `HTTPS_PROXY` by the URL's
 * protocol, else `ALL_PROXY`; a value without a protocol is an http proxy. None where `NO_PROXY` names the host: `*`,
 * or a list of hosts, each standing for what is below it too, with a port where only that one is meant.
 *
 * @returns undefined where there is none; the text as it is where it is no URL of a proxy
 */
export function proxyFor (target: URL, environment: ProxyEnvironment): URL | string | undefined {
  const read = (name: string): string => environment[name] || environment[name.toUpperCase()] || ''
  const proxy = read(`${target.protocol.slice(0, -1)}_proxy`) || read('all_proxy')
  if (proxy === '' || isExcepted(target, read('no_proxy'))) return undefined
  const url = URL.parse(proxy.includes('://') ? proxy : `http://${proxy}`)
  return url !== null && /^https?:$/.test(url.protocol) ? url : proxy
}

function isExcepted ({ hostname, port, protocol }: URL, exceptions: string): boolean {
  return exceptions.toLowerCase().split(/[\s,]+/).filter((entry) => entry !== '').some((entry) => {
    if (entry === '*') return true
    const [, name = '', only] = /^(.*?)(?::(\d+))?$/.exec(entry.startsWith('[') || !/:.*:/.test(entry) ? entry : `[${entry}]`)!
    if (only !== undefined && only !== (port || defaultPorts[protocol])) return false
    const host = name.replace(/^\*?\./, '')
    return hostname === host || hostname.endsWith(`.${host}`)
  })
}
