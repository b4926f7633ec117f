import { Command, Flags } from '@oclif/core'
import type { Settings } from './settings.ts'

/** Flags of every command. Each flag is also an environment variable: `--log-level` is `TATUSCAN_LOG_LEVEL`. */
export const commonFlags = {
  config: Flags.string({ summary: 'Configuration file, instead of tatuscan.config.{ts,js}', env: 'TATUSCAN_CONFIG', helpValue: 'FILE' }),
  'log-level': Flags.option({
    summary: 'How much to log, to stderr', env: 'TATUSCAN_LOG_LEVEL', options: ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
  })()
}

/** Flags of the commands that collect. */
export const collectFlags = {
  ...commonFlags,
  collector: Flags.string({
    summary: 'Add a collector: a path to a module or package folder, or a name (@tatuscan/collector-NAME, tatuscan-collector-NAME)',
    env: 'TATUSCAN_COLLECTOR',
    helpValue: 'PATH|NAME',
    multiple: true,
    multipleNonGreedy: true,
    delimiter: ','
  }),
  'no-collector': Flags.string({ summary: 'Leave out a collector', env: 'TATUSCAN_NO_COLLECTOR', helpValue: 'NAME', multiple: true, multipleNonGreedy: true, delimiter: ',' }),
  'no-isolation': Flags.boolean({ summary: 'Run what --collector adds in the agent itself, not each in a process of its own with limits', env: 'TATUSCAN_NO_ISOLATION' }),
  'facts-dir': Flags.string({
    summary: 'Folder whose executables and JSON files are collectors too [default: /etc/tatuscan/facts.d]', env: 'TATUSCAN_FACTS_DIR', helpValue: 'DIR'
  }),
  timeout: Flags.string({ summary: 'Deadline of each collector [default: 5s]', env: 'TATUSCAN_TIMEOUT', helpValue: 'DURATION' })
}

/** Flags of the commands that deliver. */
export const deliveryFlags = {
  url: Flags.string({ summary: 'The server that reports go to', env: 'TATUSCAN_URL', helpValue: 'URL' }),
  'ca-file': Flags.string({ summary: 'Certificates (PEM) of the authorities that the server\'s may come from', env: 'TATUSCAN_CA_FILE', helpValue: 'FILE' }),
  'cert-file': Flags.string({ summary: 'Certificate (PEM) to show to a server that asks for one', env: 'TATUSCAN_CERT_FILE', helpValue: 'FILE' }),
  'key-file': Flags.string({ summary: 'Key (PEM) of that certificate', env: 'TATUSCAN_KEY_FILE', helpValue: 'FILE' }),
  interval: Flags.string({ summary: 'Time between two reports, such as 60s, 2m or 1h [default: 60s]', env: 'TATUSCAN_INTERVAL', helpValue: 'DURATION' })
}

/** A command that first reads `.env`, then its flags and environment, then the configuration file. */
export abstract class AgentCommand extends Command {
  static override enableJsonFlag = false

  override async init (): Promise<void> {
    await super.init()
    const { readEnvironmentFile } = await import('./settings.ts')
    readEnvironmentFile(this.argv)
  }

  /** Flag beats environment beats configuration file beats default. */
  protected async settings (flags: Record<string, unknown>): Promise<Settings> {
    const { readSettings } = await import('./settings.ts')
    return await readSettings(flags)
  }
}
