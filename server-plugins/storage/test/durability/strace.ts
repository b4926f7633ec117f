import { execFileSync } from 'node:child_process'
import test from 'ava'

/** Declares a test that needs strace: skipped where there is none, which under `CI=true` is a failure. */
export const withStrace = isThere() || process.env.CI === 'true' ? test.serial : test.skip

function isThere (): boolean {
  try {
    execFileSync('strace', ['-V'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
