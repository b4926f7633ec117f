import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { collectorNamePattern, TatuScanError } from '@tatuscan/core'

export interface CreateCollectorOptions {
  /** The noun under which its facts appear. */
  readonly name: string
  /** A folder that isn't there yet, or is empty. */
  readonly folder: string
  /** Names that are taken. */
  readonly taken: readonly string[]
}

/** What the package is tested with. */
const developmentVersions = { ava: '8.0.1', typebox: '1.4.3' }

/**
 * Writes the package of a new collector, whose test passes as it is.
 *
 * @returns its files, relative to the folder
 * @throws {TatuScanError} TATUSCAN_INVALID_OPTION for a wrong or taken name, or a folder that holds something
 */
export async function createCollector ({ name, folder, taken }: CreateCollectorOptions): Promise<string[]> {
  if (!collectorNamePattern.test(name)) throw invalid(`the name must be a letter followed by up to 63 of a-z, 0-9, _ and -; got ${JSON.stringify(name)}`)
  if (taken.includes(name)) throw invalid(`${name} is the name of a collector that comes along; choose another`)
  const target = resolve(folder)
  if (await isOccupied(target)) throw invalid(`${folder} is there already; choose another with --folder`)
  const files = packageOf(name, target)
  for (const [file, text] of Object.entries(files)) {
    await mkdir(dirname(join(target, file)), { recursive: true })
    await writeFile(join(target, file), text, { flag: 'wx' })
  }
  return Object.keys(files)
}

async function isOccupied (folder: string): Promise<boolean> {
  return await readdir(folder).then((entries) => entries.length > 0, (error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return false
    if (error.code === 'ENOTDIR') return true
    throw error
  })
}

function packageOf (name: string, folder: string): Record<string, string> {
  const identifier = name.replaceAll(/[-_]+(.?)/g, (_, letter: string) => letter.toUpperCase())
  const safe = reserved.has(identifier) ? `${identifier}Collector` : identifier
  const Type = safe[0]!.toUpperCase() + safe.slice(1)
  const title = (name[0]!.toUpperCase() + name.slice(1)).replaceAll(/[-_]+/g, ' ')
  const manifest = {
    name: `tatuscan-collector-${name}`,
    version: '0.1.0',
    description: `A collector for TatuScan: ${title}`,
    type: 'module',
    exports: { '.': './src/index.ts' },
    scripts: { test: 'ava' },
    engines: { node: '>=22.20.0' },
    devDependencies: { '@tatuscan/core': coreDependency(folder), ...developmentVersions },
    ava: { extensions: ['ts'], files: ['test/**/*.test.ts'] }
  }
  return {
    'package.json': `${JSON.stringify(manifest, undefined, 2)}\n`,
    'README.md': `# ${title}

A collector for [TatuScan](https://www.npmjs.com/package/tatuscan).

\`\`\`sh
npm install && npm test
tatuscan collect --collector .
\`\`\`

| fact | unit | what |
|---|---|---|
| \`seconds\` | s | how long the machine has been up: put your own in its place |
`,
    'src/index.ts': `import { uptime } from 'node:os'
import type { Collector } from '@tatuscan/core'
import type { Static, TSchema } from 'typebox'

// Each fact has a title, a unit where there is one, and volatile: true where it changes from report to report
const schema = {
  title: '${title}',
  type: 'object',
  additionalProperties: false,
  required: ['seconds'],
  properties: { seconds: { type: 'integer', minimum: 0, title: 'Running for', unit: 's', volatile: true } }
} as const satisfies TSchema

export type ${Type}Facts = Static<typeof schema>

export interface ${Type}Options {
  /** What is read, so that tests can put something else in its place; undefined where there is nothing of the kind. @default os.uptime */
  readonly read?: () => number | undefined
}

/** Undefined says "nothing here", throwing says "broken", and null in a fact says "unknown": never 0 for unknown. */
export function ${safe} ({ read = uptime }: ${Type}Options = {}): Collector<${Type}Facts> {
  return {
    name: '${name}',
    schema,
    async collect () {
      const seconds = read()
      return seconds === undefined ? undefined : { seconds: Math.floor(seconds) }
    }
  }
}

export default ${safe}
`,
    [`test/${name}.test.ts`]: `import test from 'ava'
import { testCollector } from '@tatuscan/core/testing'
import { ${safe} } from '../src/index.ts'

// What every collector promises
testCollector(test, {
  make: () => ${safe}(),
  makeAbsent: () => ${safe}({ read: () => undefined }),
  makeBroken: () => ${safe}({ read: () => { throw new Error('no clock') } })
})

test('seconds are whole ones', async (t) => {
  t.deepEqual(await ${safe}({ read: () => 350_735.47 }).collect({ signal: AbortSignal.timeout(1000) }), { seconds: 350_735 })
})
`
  }
}

/** Names that the generated module uses, and words that name nothing. */
const reserved = new Set(['uptime', 'test', 'schema', 'read', 'seconds', ...(
  'await break case catch class const continue debugger default delete do else enum eval export extends false finally for function if implements import in ' +
  'instanceof interface let new null package private protected public return static super switch this throw true try typeof var void while with yield arguments'
).split(' ')])

/** From the registry, or, where this command runs from its sources, those sources: they may be ahead of it. */
function coreDependency (folder: string): string {
  const core = dirname(fileURLToPath(import.meta.resolve('@tatuscan/core/report.schema.json')))
  const { version } = JSON.parse(readFileSync(join(core, 'package.json'), 'utf8')) as { version: string }
  const here = realpathSync(core)
  if (here.split(sep).includes('node_modules') || !existsSync(join(here, 'src'))) return version
  return `file:${relative(folder, here).split(sep).join('/')}`
}

function invalid (message: string): TatuScanError {
  return new TatuScanError('TATUSCAN_INVALID_OPTION', message)
}
