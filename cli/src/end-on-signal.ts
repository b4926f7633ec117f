import { constants } from 'node:os'

/** Aborts on the first SIGTERM or SIGINT; the second ends the process at once. */
export function endOnSignal (): AbortSignal {
  const controller = new AbortController()
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) {
        process.removeAllListeners('exit') // it is the person who ends it, not a plugin
        process.exit(1)
      }
      controller.abort(new Error(`${name} was received`, { cause: name }))
    })
  }
  return controller.signal
}

/** What a shell takes for ended by this signal, such as 130 for SIGINT: for what was ended before it was done. */
export function interruptedCode ({ reason }: AbortSignal): number {
  return 128 + constants.signals[(reason as { cause: NodeJS.Signals }).cause]
}
