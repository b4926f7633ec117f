import { realpathSync } from 'node:fs'

export const roles = ['agent', 'server'] as const
export type Role = typeof roles[number]

/** What is run in the background of a machine, whatever its operating system. */
export interface Service {
  readonly role: Role
  /** Absolute path of Node.js. */
  readonly node: string
  /** Absolute path of tatuscan's own script. */
  readonly bin: string
}

/** The service of this installation: this Node.js, and the script that is running. */
export function installedService (role: Role): Service {
  return { role, node: realpathSync(process.execPath), bin: realpathSync(process.argv[1]!) }
}

/** What each role runs, and how it is called for people. */
export const roleText = {
  agent: { command: 'daemon', title: 'TatuScan agent', description: 'Reports this machine to the TatuScan server' },
  server: { command: 'serve', title: 'TatuScan server', description: 'Keeps and shows the machines that report to it' }
} as const satisfies Record<Role, object>
