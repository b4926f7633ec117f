import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { readFile } from 'node:fs/promises'
import { globSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Ajv } from 'ajv'
import test from 'ava'
import { parse } from 'yaml'

const folder = fileURLToPath(new URL('../docker/', import.meta.url))
const files = globSync('*.yaml', { cwd: folder }).sort()

/** Compose's own tag, which takes away what an earlier file has. */
const customTags = [{ tag: '!reset', collection: 'seq' as const, resolve: () => [] }]

async function read (file: string): Promise<any> {
  return parse(await readFile(join(folder, file), 'utf8'), { customTags: customTags as never, strict: true })
}

// The linter brings the Compose specification's JSON Schema along
const { $schema, ...schema } = JSON.parse(await readFile(join(dirname(createRequire(import.meta.url).resolve('dclint/package.json')), 'schemas/compose.schema.json'), 'utf8')) as { $schema: string }
const ajv = new Ajv({ strict: false, formats: { duration: true } })
const valid = ajv.compile(schema)

test('each Compose file holds what the Compose specification knows, and nothing else', async (t) => {
  t.deepEqual(files, ['compose.mariadb.yaml', 'compose.no-sqlite.yaml', 'compose.postgresql.yaml', 'compose.yaml'])
  for (const file of files) t.true(valid(await read(file)), `${file}: ${ajv.errorsText(valid.errors)}`)
  t.false(valid({ services: { tatuscan: { imagee: 'x' } } }), 'the schema tells')
})

test('the server is published on this machine alone, at HOST_PORT, as the original’s was', async (t) => {
  const { services: { tatuscan } } = await read('compose.yaml')
  t.deepEqual(tatuscan.ports, ['${HOST_ADDRESS:-127.0.0.1}:${HOST_PORT:-8040}:${TATUSCAN_PORT:-8040}']) // eslint-disable-line no-template-curly-in-string
  t.is(tatuscan.environment.TATUSCAN_PORT, '${TATUSCAN_PORT:-8040}') // eslint-disable-line no-template-curly-in-string
  t.deepEqual(tatuscan.volumes, ['tatuscan_data:/data'])
  t.deepEqual([tatuscan.cap_drop, tatuscan.read_only, tatuscan.privileged], [['ALL'], true, undefined])
})

test('no file holds a secret: databases have theirs from files that are not in the repository', async (t) => {
  for (const file of files) {
    const { services } = await read(file)
    for (const { environment = {} } of Object.values(services) as { environment?: Record<string, string> }[]) {
      for (const [name, value] of Object.entries(environment)) if (/PASSWORD|SECRET|TOKEN|KEY|DATABASE_UR/.test(name)) t.regex(`${name}: ${value}`, /_FILE: \/run\/secrets\/|RANDOM_ROOT_PASSWORD: yes/, file)
    }
  }
  for (const file of ['compose.postgresql.yaml', 'compose.mariadb.yaml']) {
    const { services, secrets } = await read(file)
    t.deepEqual(Object.keys(secrets).sort(), [...services.tatuscan.secrets, ...services.database.secrets].sort(), file)
    t.is(services.tatuscan.environment.TATUSCAN_DATABASE_URL_FILE, '/run/secrets/database_url')
    t.is(services.tatuscan.depends_on.database.condition, 'service_healthy')
    t.is(services.database.ports, undefined, 'a database is for the server alone')
  }
})
