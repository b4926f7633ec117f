/**
 * `npm run test:long`: the tests that break servers and databases, with the counts that were promised: 100 crashes on each
 * database, 20,000 reports through two servers; 100,000 cycles of an agent; 500 kills, 1,000 damaged and 10,000 modelled
 * spools, 10,000 agents, 10,000 wrong logins. Takes some 20 minutes.
 */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const spool = {
  TATUSCAN_TEST_SPOOL_CRASHES: '500', TATUSCAN_TEST_MUTATED_SPOOLS: '1000', TATUSCAN_TEST_SPOOL_SEQUENCES: '10000', TATUSCAN_TEST_SECRETS: '2000', TATUSCAN_TEST_FLEET: '10000'
}
const { status } = spawnSync(process.execPath, [fileURLToPath(new URL('test.ts', import.meta.url)), '--verbose', '--serial', '--timeout', '20m', 'server-plugins/storage/test/durability/*.test.ts', 'core/test/sinks/*.test.ts', 'core/test/schedule.test.ts', 'cli/test/fleet.test.ts', 'cli/test/graceful-stop.test.ts', 'cli/test/wrong-logins.test.ts'], {
  stdio: 'inherit',
  env: { ...process.env, TATUSCAN_TEST_CRASHES: '100', TATUSCAN_TEST_SHARED_REPORTS: '20000', TATUSCAN_TEST_CYCLES: '100000', TATUSCAN_TEST_STOPS: '50', TATUSCAN_TEST_LOGINS: '10000', ...spool }
})
process.exitCode = status ?? 1
