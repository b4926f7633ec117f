import { Command, Flags } from '@oclif/core'
import { collectSpecs, commonSpecs, deliverySpecs, reportSpecs } from './agent-flags.ts'
import type { Settings } from './settings.ts'

/** Flags of every command. */
export const commonFlags = {
  config: Flags.string(commonSpecs.config),
  'log-level': Flags.option(commonSpecs['log-level'])()
}

/** Flags of the commands that collect. */
export const collectFlags = {
  ...commonFlags,
  collector: Flags.string(collectSpecs.collector),
  'no-collector': Flags.string(collectSpecs['no-collector']),
  'no-isolation': Flags.boolean(switchOf(collectSpecs['no-isolation'])),
  'facts-dir': Flags.string(collectSpecs['facts-dir']),
  timeout: Flags.string(collectSpecs.timeout)
}

/** Flags of the commands that deliver. */
export const deliveryFlags = {
  url: Flags.string(deliverySpecs.url),
  'ca-file': Flags.string(deliverySpecs['ca-file']),
  'cert-file': Flags.string(deliverySpecs['cert-file']),
  'key-file': Flags.string(deliverySpecs['key-file']),
  interval: Flags.string(deliverySpecs.interval)
}

/** Flags of `collect`. */
export const reportFlags = { ...collectFlags, ...deliveryFlags, json: Flags.boolean(switchOf(reportSpecs.json)), send: Flags.boolean(switchOf(reportSpecs.send)) }

function switchOf ({ summary, env }: { readonly summary: string, readonly env: string }) {
  return { summary, env }
}

/** A command that first reads `.env`, then its flags and environment, then the configuration file. */
export abstract class AgentCommand extends Command {
  static override enableJsonFlag = false

  override async init (): Promise<void> {
    await super.init()
    const [{ readEnvironmentFile }, { checkBooleanEnvironment }] = await Promise.all([import('./settings.ts'), import('./plain-flags.ts')])
    readEnvironmentFile(this.argv)
    checkBooleanEnvironment(Object.values(this.ctor.flags).flatMap(({ type, env }) => type === 'boolean' && env !== undefined ? [env] : []))
  }

  /** Flag beats environment beats configuration file beats default. */
  protected async settings (flags: Record<string, unknown>): Promise<Settings> {
    const { readSettings } = await import('./settings.ts')
    return await readSettings(flags)
  }
}
