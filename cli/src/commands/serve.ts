import { Flags } from '@oclif/core'
import { AgentCommand, collectFlags, deliveryFlags } from '../agent-command.ts'
import { endOnSignal } from '../end-on-signal.ts'
import { addressFlags } from '../server-flags.ts'

const repeatable = { multiple: true, multipleNonGreedy: true, delimiter: ',' } as const

export default class Serve extends AgentCommand {
  static override summary = 'Run the whole server: ingestion, API and pages'

  static override examples = ['<%= config.bin %> serve --agent', '<%= config.bin %> serve --host 0.0.0.0 --trust-proxy 10.0.0.0/8']

  static override flags = {
    ...collectFlags,
    interval: deliveryFlags.interval,
    agent: Flags.boolean({ summary: 'Report this machine too', env: 'TATUSCAN_AGENT' }),
    'migrate-only': Flags.boolean({ summary: 'Bring the database up to date, and end', env: 'TATUSCAN_MIGRATE_ONLY' }),
    ...addressFlags,
    auth: Flags.string({ summary: 'none: ask nobody who they are, on a loopback address only [default: on]', env: 'TATUSCAN_AUTH', helpValue: 'on|none' }),
    'trust-proxy': Flags.string({ summary: 'Network of a proxy before the server, which tells whom it speaks for', env: 'TATUSCAN_TRUST_PROXY', helpValue: 'CIDR', ...repeatable }),
    'insecure-http': Flags.boolean({ summary: 'Let other machines reach it without TLS', env: 'TATUSCAN_INSECURE_HTTP' }),
    'allow-original': Flags.string({ summary: 'Take reports without a key, as clients of the original send them, from this network', env: 'TATUSCAN_ALLOW_ORIGINAL', helpValue: 'CIDR', ...repeatable }),
    'public-url': Flags.string({ summary: 'Address that people have, such as https://inventory.example.com', env: 'TATUSCAN_PUBLIC_URL', helpValue: 'URL' })
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
