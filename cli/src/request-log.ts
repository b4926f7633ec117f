import type { FastifyBaseLogger } from 'fastify'

type MakeChild = FastifyBaseLogger['child']

/** A logger that is made when it is first used. */
class LaterLog {
  readonly #parent: FastifyBaseLogger
  readonly #make: MakeChild
  readonly #told: Parameters<MakeChild>
  #made: FastifyBaseLogger | undefined

  constructor (parent: FastifyBaseLogger, make: MakeChild, told: Parameters<MakeChild>) {
    this.#parent = parent
    this.#make = make
    this.#told = told
  }

  get #log (): FastifyBaseLogger {
    return (this.#made ??= this.#make.apply(this.#parent, this.#told))
  }

  get level (): string { return this.#log.level }
  set level (level: string) { this.#log.level = level }
  fatal (...told: [object]): void { this.#log.fatal(...told) }
  error (...told: [object]): void { this.#log.error(...told) }
  warn (...told: [object]): void { this.#log.warn(...told) }
  info (...told: [object]): void { this.#log.info(...told) }
  debug (...told: [object]): void { this.#log.debug(...told) }
  trace (...told: [object]): void { this.#log.trace(...told) }
  silent (...told: [object]): void { this.#log.silent(...told) }
  child (...told: Parameters<MakeChild>): FastifyBaseLogger { return this.#log.child(...told) }
}

/**
 * Has a logger make its children when they are first used. Each request has one: most log nothing, and to make a logger
 * takes longer than to find a route.
 */
export function makeChildrenLater (log: FastifyBaseLogger): void {
  const { child: make } = log
  log.child = function (this: FastifyBaseLogger, ...told: Parameters<MakeChild>) { // for its children too, which inherit it
    return new LaterLog(this, make, told) as FastifyBaseLogger
  }
}
