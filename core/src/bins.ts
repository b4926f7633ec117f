/**
 * Where the bins of a histogram begin and end: multiples of 1, 2 or 5 times a power of ten, the first at the minimum or
 * below it, the last above the maximum.
 *
 * @param bins at most how many bins there are, 2 or more, since 0 is always a bound
 * @returns at least two bounds, upwards; the last is Infinity where no number is above the maximum
 */
export function binBounds (minimum: number, maximum: number, bins: number): number[] {
  const width = Math.max(maximum / bins - minimum / bins, finest(minimum, maximum)) // the difference of the two may be too large for a number
  for (let exponent = Math.floor(Math.log10(width)); ; exponent++) {
    for (const digit of [1, 2, 5]) {
      const multiple = (count: number) => exponent < 0 ? count * digit / 10 ** -exponent : count * digit * 10 ** exponent // 3 × 0.1 is none of 0.3
      const step = multiple(1)
      if (step < width) continue
      let first = Math.floor(minimum / step)
      while (multiple(first) > minimum) first--
      const bounds = [multiple(first)]
      while (bounds.length <= bins + 1 && bounds.at(-1)! <= maximum) bounds.push(multiple(first + bounds.length))
      if (bounds.length <= bins + 1 && bounds.every((bound, at) => at === 0 || bound > bounds[at - 1]!)) return bounds
    }
  }
}

/** The narrowest bin that makes sense: 1 where there is but one number, and never finer than numbers are. */
function finest (minimum: number, maximum: number): number {
  return Math.max(minimum === maximum ? 1 : 1e-300, Math.max(Math.abs(minimum), Math.abs(maximum)) / 2 ** 50)
}
