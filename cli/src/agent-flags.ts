/** Flags as data, for oclif to explain and check, and for {@link import('./plain-flags.ts').readPlainFlags} to read without it. */
export interface FlagSpec {
  /** The environment variable that stands in for it: `--log-level` is `TATUSCAN_LOG_LEVEL`. */
  readonly env: string
  readonly summary: string
  readonly helpValue?: string
  /** The only values that it takes. */
  readonly options?: readonly string[]
  readonly multiple?: boolean
  /** It takes no value. */
  readonly boolean?: boolean
}

const repeatable = { multiple: true, multipleNonGreedy: true, delimiter: ',' } as const

/** Of every command. */
export const commonSpecs = {
  config: { summary: 'Configuration file, instead of tatuscan.config.{ts,js}', env: 'TATUSCAN_CONFIG', helpValue: 'FILE' },
  'log-level': {
    summary: 'How much to log, to stderr', env: 'TATUSCAN_LOG_LEVEL', options: ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']
  }
} as const satisfies Record<string, FlagSpec>

/** Of the commands that collect. */
export const collectSpecs = {
  ...commonSpecs,
  collector: {
    summary: 'Add a collector: a path to a module or package folder, or a name (@tatuscan/collector-NAME, tatuscan-collector-NAME)',
    env: 'TATUSCAN_COLLECTOR',
    helpValue: 'PATH|NAME',
    ...repeatable
  },
  'no-collector': { summary: 'Leave out a collector', env: 'TATUSCAN_NO_COLLECTOR', helpValue: 'NAME', ...repeatable },
  'no-isolation': { summary: 'Run what --collector adds in the agent itself, not each in a process of its own with limits', env: 'TATUSCAN_NO_ISOLATION', boolean: true },
  'facts-dir': { summary: 'Folder whose executables and JSON files are collectors too [default: /etc/tatuscan/facts.d]', env: 'TATUSCAN_FACTS_DIR', helpValue: 'DIR' },
  timeout: { summary: 'Deadline of each collector [default: 5s]', env: 'TATUSCAN_TIMEOUT', helpValue: 'DURATION' }
} as const satisfies Record<string, FlagSpec>

/** Of the commands that deliver. */
export const deliverySpecs = {
  url: { summary: 'The server that reports go to', env: 'TATUSCAN_URL', helpValue: 'URL' },
  'ca-file': { summary: 'Certificates (PEM) of the authorities that the server\'s may come from', env: 'TATUSCAN_CA_FILE', helpValue: 'FILE' },
  'cert-file': { summary: 'Certificate (PEM) to show to a server that asks for one', env: 'TATUSCAN_CERT_FILE', helpValue: 'FILE' },
  'key-file': { summary: 'Key (PEM) of that certificate', env: 'TATUSCAN_KEY_FILE', helpValue: 'FILE' },
  interval: { summary: 'Time between two reports, such as 60s, 2m or 1h, at least 1s [default: 60s]', env: 'TATUSCAN_INTERVAL', helpValue: 'DURATION' }
} as const satisfies Record<string, FlagSpec>

/** Of `daemon`. */
export const daemonSpecs = { ...collectSpecs, ...deliverySpecs }

/** Of `collect`. */
export const reportSpecs = {
  ...daemonSpecs,
  json: { summary: 'Print the report as JSON, as it goes over the wire', env: 'TATUSCAN_JSON', boolean: true },
  send: { summary: 'Deliver the report', env: 'TATUSCAN_SEND', boolean: true }
} as const satisfies Record<string, FlagSpec>
