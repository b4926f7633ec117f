import type { FlagSpec } from './agent-flags.ts'

/** Commands that run without oclif where their flags are plainly right. */
const commands: Record<string, (argv: readonly string[]) => Promise<(() => Promise<void>) | undefined>> = {
  async daemon (argv) {
    const { keepHeapSmall } = await import('./small-heap.ts')
    keepHeapSmall()
    const flags = await readFlags('daemonSpecs', argv)
    if (flags === undefined) return undefined
    const { runDaemon } = await import('./run-daemon.ts')
    return async () => await runDaemon(flags)
  },
  async collect (argv) {
    const flags = await readFlags('reportSpecs', argv)
    if (flags === undefined) return undefined
    const { runCollect } = await import('./run-collect.ts')
    return async () => await runCollect(flags)
  }
}

/**
 * What runs a command without oclif.
 *
 * @returns undefined where oclif should run it
 * @throws {TatuScanError} TATUSCAN_INVALID_OPTION
 */
export async function plainCommand ([name = '', ...argv]: readonly string[]): Promise<(() => Promise<void>) | undefined> {
  return Object.hasOwn(commands, name) ? await commands[name]!(argv) : undefined
}

async function readFlags (specs: 'daemonSpecs' | 'reportSpecs', argv: readonly string[]): Promise<Record<string, unknown> | undefined> {
  const [flags, { readEnvironmentFile }, { readPlainFlags }] = await Promise.all([import('./agent-flags.ts'), import('./settings.ts'), import('./plain-flags.ts')])
  const known: Readonly<Record<string, FlagSpec>> = flags[specs]
  readEnvironmentFile(argv)
  return readPlainFlags(known, argv)
}
