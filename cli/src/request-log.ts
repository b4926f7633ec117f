import type { FastifyBaseLogger } from 'fastify'

/** What Fastify asks for when it makes a request's logger. */
type MakeChild = Parameters<FastifyBaseLogger['child']>

/**
 * A request's logger, which is made when it is first used: most requests log nothing, and to make a logger takes longer
 * than to find a route.
 */
class RequestLog {
  readonly #parent: FastifyBaseLogger
  readonly #told: MakeChild
  #log: FastifyBaseLogger | undefined

  constructor (parent: FastifyBaseLogger, told: MakeChild) {
    this.#parent = parent
    this.#told = told
  }

  get #child (): FastifyBaseLogger {
    return (this.#log ??= this.#parent.child(...this.#told))
  }

  get level (): string { return this.#child.level }
  set level (level: string) { this.#child.level = level }
  fatal (...told: [object]): void { this.#child.fatal(...told) }
  error (...told: [object]): void { this.#child.error(...told) }
  warn (...told: [object]): void { this.#child.warn(...told) }
  info (...told: [object]): void { this.#child.info(...told) }
  debug (...told: [object]): void { this.#child.debug(...told) }
  trace (...told: [object]): void { this.#child.trace(...told) }
  silent (...told: [object]): void { this.#child.silent(...told) }
  child (...told: MakeChild): FastifyBaseLogger { return this.#child.child(...told) }
}

/** Fastify's `childLoggerFactory`. */
export function requestLog (log: FastifyBaseLogger, ...told: MakeChild): FastifyBaseLogger {
  return new RequestLog(log, told) as FastifyBaseLogger
}
