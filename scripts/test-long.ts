/**
 * `npm run test:long`: the tests that break servers and databases, with the counts that were promised: 100 crashes on each
 * database, 20,000 reports through two servers, 100,000 cycles of an agent. Takes some 15 minutes.
 */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const { status } = spawnSync(process.execPath, [fileURLToPath(new URL('test.ts', import.meta.url)), '--verbose', '--serial', '--timeout', '20m', 'server-plugins/storage/test/durability/*.test.ts', 'core/test/schedule.test.ts'], {
  stdio: 'inherit',
  env: { ...process.env, TATUSCAN_TEST_CRASHES: '100', TATUSCAN_TEST_SHARED_REPORTS: '20000', TATUSCAN_TEST_CYCLES: '100000' }
})
process.exitCode = status ?? 1
