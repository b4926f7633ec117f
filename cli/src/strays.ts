import { messageOf } from '@tatuscan/core'

/** What a plugin throws outside of its promise, in a timer of its own say, is told and survived. */
export function surviveStrays (tell: (message: string) => void): void {
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error: unknown) => tell(`a plugin failed outside of its own promise: ${messageOf(error)}`))
  }
}
