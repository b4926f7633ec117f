import { endOnSignal } from './end-on-signal.ts'

/** `tatuscan daemon`: reports every interval, until SIGTERM. */
export async function runDaemon (flags: Record<string, unknown>): Promise<void> {
  const signal = endOnSignal()
  const { readSettings } = await import('./settings.ts')
  const settings = await readSettings(flags)
  const [{ openDelivery }, { logSpool }, { createLateLog }, { runLoggedAgent }, { lockInstance, stateFolder }] = await Promise.all([
    import('./sinks.ts'), import('./spool-log.ts'), import('./log.ts'), import('./logged-agent.ts'), import('@tatuscan/core')
  ])
  const log = createLateLog(settings.logLevel ?? 'warn')
  const delivery = await openDelivery(settings, { onEvent: logSpool(log), onWarning: (message) => log.warn({}, message), rotate: true })
  const unlock = lockInstance(stateFolder())
  try {
    await runLoggedAgent({ settings, ...delivery, log, signal })
  } finally {
    unlock()
  }
}
