/**
 * `npm run bench`: prints ratios against a named limit, measured in the same run. Machines are noisy: the ratios are
 * what to compare, not the figures.
 */
import { benchIngestion } from './ingestion.ts'
import { benchStartUp } from './start-up.ts'

benchStartUp()
await benchIngestion()
