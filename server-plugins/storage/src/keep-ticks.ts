import { executionAsyncResource } from 'node:async_hooks'

let tick: object | undefined

/**
 * Keeps one of what `process.nextTick` makes. Where a garbage collection finds none of them, V8 forgets their shape, and Node
 * makes each one after that property by property, which takes ten times as long; there are six a request. Called before
 * much is loaded, so that it can't have happened yet.
 */
export function keepTicks (): void {
  process.nextTick(() => { tick ??= executionAsyncResource() })
}
