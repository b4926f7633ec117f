import type { Role, Service } from './service.ts'

/** The init systems that are spoken to, by the platform that has them. */
export const platforms = ['linux', 'darwin', 'win32'] as const
export type Platform = typeof platforms[number]

export type Action = 'install' | 'uninstall' | 'start' | 'stop' | 'restart'

export interface GeneratedFile {
  readonly path: string
  readonly text: string
  /** Permissions, where the platform has such. */
  readonly mode: number
}

export interface Command {
  readonly file: string
  readonly args: readonly string[]
  /** It is all the same whether it succeeds: stopping what may not be there. */
  readonly mayFail?: boolean
}

export interface ServiceState {
  readonly role: Role
  /** As the operating system calls it. */
  readonly name: string
  readonly installed: boolean
  readonly running: boolean
  /** Started with the machine; null where that isn't told. */
  readonly enabled: boolean | null
  readonly pid: number | null
  /** The operating system's own word for it. */
  readonly detail: string
}

/** What a command printed. */
export interface Output { readonly code: number, readonly stdout: string, readonly stderr: string }

/** Where things of a role lie. */
export interface Places {
  /** Its settings, as `NAME=value`. */
  readonly environment: string
  /** What it keeps, and what it can make anew. */
  readonly data: readonly string[]
  /** How its log is read. */
  readonly log: string
}

/**
 * An init system: what it reads and which commands it takes, as data, so that any of them can be shown and checked on any
 * machine. Only {@link import('./run-service.ts').runService} touches the machine.
 */
export interface Host {
  readonly name: string
  /** As the init system calls the service. */
  serviceName (role: Role): string
  places (role: Role): Places
  files (service: Service): GeneratedFile[]
  /** @param changed whether what is installed differs from what is there */
  commands (action: Action, role: Role, options: { readonly changed: boolean, readonly start: boolean }): Command[]
  /** The command that tells the state, and how its output is read. */
  query (role: Role): Command
  state (role: Role, output: Output): ServiceState
  /** Why this can't be done here, and what to do instead; undefined where it can. */
  obstacle (action: Action, service: Service): Promise<string | undefined>
}
