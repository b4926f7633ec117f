import { Flags } from '@oclif/core'
import { AgentCommand, collectFlags, deliveryFlags } from '../agent-command.ts'
import { endOnSignal } from '../end-on-signal.ts'

const repeatable = { multiple: true, multipleNonGreedy: true, delimiter: ',' } as const

export default class Serve extends AgentCommand {
  static override summary = 'Run the whole server: ingestion, API and pages'

  static override examples = ['<%= config.bin %> serve --agent', '<%= config.bin %> serve --host 0.0.0.0 --trust-proxy 10.0.0.0/8']

  static override flags = {
    ...collectFlags,
    interval: deliveryFlags.interval,
    agent: Flags.boolean({ summary: 'Report this machine too', env: 'TATUSCAN_AGENT' }),
    'migrate-only': Flags.boolean({ summary: 'Bring the database up to date, and end', env: 'TATUSCAN_MIGRATE_ONLY' }),
    host: Flags.string({ summary: 'Address to listen on [default: 127.0.0.1]', env: 'TATUSCAN_HOST', helpValue: 'ADDRESS' }),
    port: Flags.string({ summary: 'Port to listen on, 0 for a free one; else PORT [default: 8040]', env: 'TATUSCAN_PORT', helpValue: 'PORT' }),
    prefix: Flags.string({ summary: 'Path below which everything is, as behind a proxy', env: 'TATUSCAN_PREFIX', helpValue: '/PATH' }),
    auth: Flags.string({ summary: 'none: ask nobody who they are, on a loopback address only [default: on]', env: 'TATUSCAN_AUTH', helpValue: 'on|none' }),
    'trust-proxy': Flags.string({ summary: 'Network of a proxy before the server, which tells whom it speaks for', env: 'TATUSCAN_TRUST_PROXY', helpValue: 'CIDR', ...repeatable }),
    'insecure-http': Flags.boolean({ summary: 'Let other machines reach it without TLS', env: 'TATUSCAN_INSECURE_HTTP' }),
    'allow-original': Flags.string({ summary: 'Take reports without a key, as clients of the original send them, from this network', env: 'TATUSCAN_ALLOW_ORIGINAL', helpValue: 'CIDR', ...repeatable }),
    'public-url': Flags.string({ summary: 'Address that people have, such as https://inventory.example.com', env: 'TATUSCAN_PUBLIC_URL', helpValue: 'URL' }),
    'tls-cert-file': Flags.string({ summary: 'Certificate (PEM) to speak TLS with, and those between it and its authority', env: 'TATUSCAN_TLS_CERT_FILE', helpValue: 'FILE' }),
    'tls-key-file': Flags.string({ summary: 'Key (PEM) of that certificate', env: 'TATUSCAN_TLS_KEY_FILE', helpValue: 'FILE' }),
    'tls-client-ca-file': Flags.string({ summary: 'Let in only who has a certificate of these authorities (PEM)', env: 'TATUSCAN_TLS_CLIENT_CA_FILE', helpValue: 'FILE' })
  }

  async run (): Promise<void> {
    (await import('../bound-heap.ts')).boundHeap()
    const { flags } = await this.parse(Serve)
    const signal = endOnSignal()
    const settings = await this.settings(flags)
    const { runServer } = await import('../run-server.ts')
    await runServer(settings, flags, signal)
  }
}
