import { readFile } from 'node:fs/promises'
import test from 'ava'
import { instructions } from '../dockerfile.ts'

const root = new URL('../../', import.meta.url)
const dockerfile = await readFile(new URL('deploy/docker/Dockerfile', root), 'utf8')

test('the image has the Node.js of this repository, in both of its stages', async (t) => {
  const { devDependencies } = JSON.parse(await readFile(new URL('package.json', root), 'utf8')) as { devDependencies: Record<string, string> }
  const bases = instructions(dockerfile).filter(({ name }) => name === 'FROM').map(({ rest }) => rest)
  t.deepEqual(bases, [`node:${devDependencies.node}-bookworm-slim AS build`, `node:${devDependencies.node}-bookworm-slim`])
})

test('the image runs as a user of no rights, keeps its data in /data, and asks for its health with its own command', (t) => {
  const last = instructions(dockerfile.slice(dockerfile.lastIndexOf('\nFROM')))
  const of = (wanted: string) => last.filter(({ name }) => name === wanted).map(({ rest }) => rest)
  t.deepEqual(of('USER'), ['1000:1000'])
  t.deepEqual(of('VOLUME'), ['/data'])
  t.regex(of('ENV').join(' '), /TATUSCAN_DB_DIR=\/data(?=\s)/)
  t.regex(of('HEALTHCHECK')[0]!, /CMD tatuscan service status server --here$/)
  t.deepEqual([of('ENTRYPOINT'), of('CMD')], [['["tatuscan"]'], ['["serve"]']])
})
