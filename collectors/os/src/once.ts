/**
 * Reads what does not change, once; calls that overlap share one reading.
 *
 * @param keeps tells whether a reading is worth keeping; one that failed never is
 */
export function once<Value> (read: () => Promise<Value>, keeps: (value: Value) => boolean = () => true): () => Promise<Value> {
  let reading: Promise<Value> | undefined
  return async () => {
    const mine = reading ??= read()
    let kept = false
    try {
      const value = await mine
      kept = keeps(value)
      return value
    } finally {
      if (!kept && reading === mine) reading = undefined
    }
  }
}
