/** What each document's commands find where they are run: the server that they speak of, the machines, the files. */
import { once } from 'node:events'
import { cp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { sampleReport } from '@tatuscan/core/testing'
import { existingApp } from '../../examples/existing-app/src/index.ts'
import { freePort } from '../../deploy/test/processes.ts'
import { createDatabase, kinds } from '../../server-plugins/storage/test/databases.ts'
import { fileOf, fillWithOriginal } from '../../server-plugins/storage/test/originals.ts'
import { readDocument, root } from './markdown.ts'
import type { Shell } from './shell.ts'

export interface Scene {
  /** What commands say, and what stands for it here. */
  readonly replaced?: ReadonlyMap<string, string>
  /** Makes what the commands find. */
  before? (shell: Shell): Promise<void>
  /** Whether what the document shows is just what they print. */
  readonly prints?: boolean
  /** How those begin that are there to show an error. */
  readonly fails?: readonly string[]
}

const user = '-h 127.0.0.1 -U postgres'

/** The one ```ts block of a document, as a file. */
async function writeExample (document: string, file: string, change: (text: string) => string = (text) => text): Promise<void> {
  const { text } = readDocument(document).blocks.find(({ language }) => language === 'ts')!
  await writeFile(file, change(text))
}

async function succeed (t: ExecutionContext, shell: Shell, command: string): Promise<string> {
  const { code, stdout, stderr } = await shell.run(command)
  t.true(code === 0 || code === undefined, `${command}\nends with ${code}: ${stderr}`)
  return stdout
}

/** The server, with an admin's token in ADMIN, and machines that reported. */
async function serve (t: ExecutionContext, shell: Shell, hostnames: readonly string[]): Promise<void> {
  await succeed(t, shell, 'tatuscan serve')
  await succeed(t, shell, 'export ADMIN=$(tatuscan tokens create --role admin --local)')
  const admin = (await succeed(t, shell, 'echo $ADMIN')).trim()
  for (const [index, hostname] of hostnames.entries()) {
    const machine_id = String(index).padStart(64, '0')
    const post = async (path: string, body: object, secret: string) => await fetch(`http://127.0.0.1:${shell.port}/api/${path}`, {
      method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${secret}` }, body: JSON.stringify(body)
    })
    const { key } = await (await post('enrol', { machine_id }, admin)).json() as { key: string }
    t.is((await post('machines', sampleReport({ machine_id, hostname }), key)).status, 201)
  }
}

/** A server as the original's: it takes one report at a time, and knows no other route. */
async function serveAsOriginal (t: ExecutionContext): Promise<string> {
  const server = createServer((request, response) => {
    request.resume()
    response.writeHead(request.url === '/api/machines' ? 201 : 404, { 'content-type': 'application/json' }).end('{"message":"Machine created","item":{}}')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => { server.closeAllConnections(); server.close() })
  return `http://127.0.0.1:${(server.address() as { port: number }).port}`
}

export const scenes: Readonly<Record<string, (t: ExecutionContext) => Promise<Scene> | Scene>> = {
  'README.md': async (t) => {
    const port = await freePort()
    return {
      replaced: new Map([['https://inventory.example.com', `http://127.0.0.1:${port}`]]),
      async before (shell) { // another server, as this machine reports to the one of npm start already
        await succeed(t, shell, `TATUSCAN_DB_DIR=/etc/tatuscan tatuscan serve --port ${port}`)
      }
    }
  },

  'docs/admin.md': (t) => ({
    replaced: new Map([['delete srv-01 b151a34b', 'delete srv-01 b151a34b --yes']]), // nobody is there to be asked
    async before (shell) {
      await serve(t, shell, ['srv-01', 'srv-02'])
      await succeed(t, shell, 'export TATUSCAN_TOKEN=$ADMIN TATUSCAN_URL=http://127.0.0.1:8040')
    }
  }),

  'docs/collectors.md': () => ({
    async before ({ work }) {
      await rm(join(work, 'package.json')) // whoever makes a package there is in no checkout
      await rm(join(work, 'node_modules'))
      await writeExample('docs/collectors.md', join(work, 'uptime.ts'))
    }
  }),

  'docs/databases.md': async (t) => {
    const database = await createDatabase('postgresql')
    t.teardown(database.drop)
    return {
      replaced: new Map([['postgresql://tatuscan@127.0.0.1/tatuscan', database.url]]),
      before: async (shell) => { await succeed(t, shell, 'TATUSCAN_DB_DIR=. tatuscan serve --migrate-only') }
    }
  },

  'docs/migrating.md': async (t) => {
    const originals = await Promise.all(kinds.map(createDatabase))
    for (const original of originals) await fillWithOriginal(original)
    const [sqlite, postgresql, mysql] = originals.map(({ url }) => url) as [string, string, string]
    const name = `tatuscan_docs_${process.pid}`
    const into = Object.assign(new URL(postgresql), { pathname: name }).href
    t.teardown(async () => { for (const { drop } of originals) await drop() })
    return {
      replaced: new Map([
        ['createdb tatuscan_new', `createdb ${user} ${name}`],
        ['postgresql://user:password@host:5432/tatuscan_new', into],
        ['postgresql+psycopg2://user:password@host:5432/tatuscan', postgresql.replace('postgresql:', 'postgresql+psycopg2:')],
        ['mysql+pymysql://user:password@host:3306/tatuscan', mysql.replace('mysql:', 'mysql+pymysql:')],
        ['http://server:8040', await serveAsOriginal(t)]
      ]),
      async before (shell) {
        await cp(fileOf(sqlite), join(shell.place, 'var/lib/tatuscan/tatuscan.db'))
        t.teardown(async () => { await shell.run(`dropdb ${user} --force ${name}`) })
      }
    }
  },

  'docs/operations.md': (t) => ({
    async before (shell) {
      await succeed(t, shell, 'export TATUSCAN_DB_DIR=/var/lib/tatuscan && tatuscan serve --migrate-only')
      await succeed(t, shell, 'openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=inventory.example.com -keyout /var/lib/tatuscan/server.key -out /var/lib/tatuscan/server.crt')
    }
  }),

  'docs/security.md': (t) => ({
    replaced: new Map([['revoke 48176d306169', 'revoke $(tatuscan tokens list --json | grep -m1 -o \'"id": "[^"]*"\' | cut -d\'"\' -f4)']]),
    before: async (shell) => { await succeed(t, shell, "tatuscan serve --migrate-only && export TATUSCAN_PASSWORD='correct horse battery'") }
  }),

  'docs/server.md': () => ({
    async before ({ work }) { // it writes there
      await rm(join(work, 'deploy'))
      await cp(join(root, 'deploy/docker'), join(work, 'deploy/docker'), { recursive: true, filter: (file) => !file.endsWith('/secrets') })
    }
  }),

  'docs/troubleshooting.md': (t) => ({
    prints: true,
    fails: ['tatuscan daemon', 'tatuscan collect --send', 'tatuscan serve', 'TATUSCAN_DATABASE_URL', 'TATUSCAN_DB_DIR'],
    replaced: new Map([['tatuscan machines release', 'TATUSCAN_TOKEN=$ADMIN TATUSCAN_URL=http://127.0.0.1:8040 tatuscan machines release']]),
    before: async (shell) => await serve(t, shell, ['srv-01'])
  }),

  'examples/custom-sink/README.md': () => ({
    before: async ({ place, work }) => await writeExample('examples/custom-sink/README.md', join(work, 'tatuscan.config.ts'), (text) => text.replace('/var/log', `${place}/var/log`))
  }),

  'examples/existing-app/README.md': async (t) => {
    const database = await createDatabase('sqlite')
    const app = await existingApp({ database: database.url, people: { ana: 'correct horse' } })
    t.teardown(async () => {
      await app.close()
      await database.drop()
    })
    return { replaced: new Map([['http://localhost:3000', await app.listen({ port: 0, host: '127.0.0.1' })], ['localhost:3000', `127.0.0.1:${(app.server.address() as { port: number }).port}`]]) }
  }
}

/** Databases and programs without which a document's commands are skipped, except where everything must be there. */
export const needs: Readonly<Record<string, readonly string[]>> = {
  'README.md': ['/usr/bin/curl'],
  'docs/databases.md': ['postgresql', '/usr/bin/sqlite3'],
  'docs/migrating.md': ['postgresql', 'mysql', '/usr/bin/createdb'],
  'docs/operations.md': ['/usr/bin/openssl'],
  'docs/server.md': ['/usr/bin/openssl'],
  'docs/troubleshooting.md': ['postgresql'],
  'examples/existing-app/README.md': ['/usr/bin/curl']
}

/** Commands that can't be run here, or are run by another test: why, and which. */
export const elsewhere: readonly { readonly commands: RegExp, readonly because: string }[] = [
  { commands: /^npm ci( |$)(?!&& npm start)/, because: 'it is what brings this test here' },
  { commands: /^npm (test|run (lint|test:long|bench|agent:cost|load|soak|fuzz|release:\S+))( |$)/, because: 'it is what runs this test, or takes minutes; .ci/run has a sample of each' },
  { commands: /^(mkdir|cp|rm) .*(collectors\/uptime|examples\/my-store)|^npm install$/, because: 'docs/test/recipes.test.ts follows the recipes in a copy of this checkout' },
  { commands: /^curl .*localhost:3000\/fleet/, because: 'server-plugins/api/test/readme.test.ts holds them against what they print' },
  { commands: /^docker /, because: 'there is no container engine here; deploy/test/compose.test.ts checks the files, npm run release:check runs what the image does' },
  { commands: /^kubectl /, because: 'there is no cluster here; deploy/test/kubernetes.test.ts checks the manifests' },
  { commands: /^sudo (install|cp|ln|grep|nginx|systemctl|supervisorctl) /, because: 'it changes this machine; deploy/test runs supervisord and nginx on the same files' },
  { commands: /^sudo npm run release:install /, because: 'it changes this machine; npm run release:check runs it, as the image does' },
  { commands: /^npm i -g --omit=optional tatuscan$/, because: 'it changes this machine; npm run release:check installs the same from the packed packages, and runs it' },
  { commands: /^(sudo )?tatuscan service /, because: 'it changes this machine; cli/test/service runs it under a real systemd' }
]
