/** Declares a test, as AVA's or Node's own `test` does. */
export type DeclareTest = (title: string, implementation: (t: { pass?: () => void }) => Promise<void>) => void

/**
 * Declares a test whose assertions are Node's. AVA counts only its own and fails a test that made none, so it is told
 * that the end was reached.
 */
export function claim (test: DeclareTest, title: string, body: () => Promise<void>): void {
  test(title, async (t) => {
    await body()
    t.pass?.()
  })
}
