/**
 * `npm run bench`: prints ratios against a named limit, measured in the same run. Machines are noisy: the ratios are
 * what to compare, not the figures. `npm run bench -- scale sqlite` runs one part alone.
 */
import { benchAuth } from './auth.ts'
import { kinds } from './databases.ts'
import { benchIngestion } from './ingestion.ts'
import { benchPages } from './pages.ts'
import { benchScale } from './scale.ts'
import { benchStartUp } from './start-up.ts'

const parts = {
  'start-up': async () => benchStartUp(),
  ingestion: async (which: typeof kinds) => await benchIngestion(which),
  auth: async (which: typeof kinds) => await benchAuth(which),
  scale: async (which: typeof kinds) => await benchScale(which),
  pages: async (which: typeof kinds) => await benchPages(which)
}

const [part, ...named] = process.argv.slice(2)
const which = named.length > 0 ? kinds.filter((kind) => named.includes(kind)) : kinds
for (const [name, run] of Object.entries(parts)) if (part === undefined || part === name) await run(which)
