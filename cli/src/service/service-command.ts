import { Args } from '@oclif/core'
import { AgentCommand } from '../agent-command.ts'
import { print, reserveStdout } from '../output.ts'
import type { Host } from './host.ts'
import { roles, type Role, type Service } from './service.ts'

/** Whose service a command is about. */
export const roleArgs = { role: Args.string({ description: 'Which one', options: [...roles], default: 'agent' }) }

/** What all commands about services have in common. */
export abstract class ServiceCommand extends AgentCommand {
  /** The service and its host, here or on another platform. */
  protected async hosted (role: string, platform: string = process.platform): Promise<{ host: Host, service: Service }> {
    const { hostOf } = await import('./hosts.ts')
    const { installedService } = await import('./service.ts')
    return { host: await hostOf(platform), service: installedService(role as Role) }
  }

  protected async tell (lines: readonly string[]): Promise<void> {
    reserveStdout()
    await print(lines.join('\n'))
  }
}
