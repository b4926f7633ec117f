/** From how many machines on figures are kept: those of fewer are counted in a few milliseconds. */
export const keptFrom = 50_000

/** How many figures are kept, the latest that were counted. */
const mostKept = 200

/** The part of the age that was asked for after which a figure is renewed while the one of before is served. */
const renewedAfter = 1 / 3

export interface KeptFigures {
  /**
   * A figure of a large fleet as it was counted at most `maxAgeS` seconds ago; of a small one always as it is now. Each
   * figure is counted once at a time: who asks meanwhile gets the same.
   *
   * @param name what it is: figures of equal names, as JSON, are one
   */
  read<Figure>(name: unknown, maxAgeS: number, count: () => Promise<Figure>): Promise<Figure>
}

interface Kept {
  readonly figure: unknown
  /** When its count began, by the clock. */
  readonly began: number
}

export interface FiguresOptions {
  /** From how many machines on figures are kept. @default 50,000 */
  readonly from?: number
  /** Milliseconds since any instant. */
  readonly clock?: () => number
}

/** @param machines how many there are now */
export function keepFigures (machines: () => number, { from = keptFrom, clock = () => performance.now() }: FiguresOptions = {}): KeptFigures {
  const kept = new Map<string, Kept>()
  const counting = new Map<string, Promise<unknown>>()

  async function renew (name: string, count: () => Promise<unknown>): Promise<unknown> {
    let running = counting.get(name)
    if (running === undefined) {
      const began = clock()
      running = count().then((figure) => {
        kept.delete(name) // the latest come last
        kept.set(name, { figure, began })
        for (const oldest of [...kept.keys()].slice(0, -mostKept)) kept.delete(oldest)
        return figure
      }).finally(() => counting.delete(name))
      counting.set(name, running)
    }
    return await running
  }

  return {
    async read<Figure> (what: unknown, maxAgeS: number, count: () => Promise<Figure>) {
      if (!(maxAgeS > 0) || machines() < from) return await count()
      const name = JSON.stringify(what)
      const found = kept.get(name)
      const age = found === undefined ? Infinity : (clock() - found.began) / 1000
      if (found === undefined || age > maxAgeS) return await renew(name, count) as Figure
      if (age > maxAgeS * renewedAfter) renew(name, count).catch(() => {}) // whoever asks once it is too old meets the error
      return found.figure as Figure
    }
  }
}
