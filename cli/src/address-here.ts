import type { ServerSettings } from './server-settings.ts'

/** Where a server is reached from this machine: one that listens on all of its addresses, on the loopback one. */
export function addressHere ({ host, port, tls }: Pick<ServerSettings, 'host' | 'port' | 'tls'>): string {
  const reached = ['0.0.0.0', '::'].includes(host) ? '127.0.0.1' : host
  return `${tls ? 'https' : 'http'}://${reached.includes(':') ? `[${reached}]` : reached}:${port}`
}
