/**
 * Runs what the Dockerfile runs, in folders of its own in the place of a container's: its steps, its entry point in its
 * environment, and its health check. There is no container engine here; what only one can show, such as the base image and
 * the user, is not seen by this.
 */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { instructions } from '../../deploy/dockerfile.ts'
import { root } from './build.ts'

/** @param work an empty folder @param node the folder of the Node.js that the image has */
export async function checkImage (work: string, node: string): Promise<void> {
  const all = instructions(readFileSync(join(root, 'deploy/docker/Dockerfile'), 'utf8'))
  const of = (wanted: string) => all.filter(({ name }) => name === wanted).map(({ rest }) => rest)
  const here = (text: string) => text.replaceAll(/\/(opt\/tatuscan|usr\/local\/bin|data)/g, (path) => work + path).replaceAll(/ -[og] 1000/g, '')
  for (const folder of ['src', 'opt', 'usr/local/bin', 'tmp']) mkdirSync(join(work, folder), { recursive: true })
  copyContext(join(work, 'src'))
  const bare = { PATH: `${work}/usr/local/bin:${node}:/usr/bin:/bin`, HOME: join(work, 'tmp') }
  for (const step of of('RUN')) execFileSync('/bin/sh', ['-c', here(step)], { cwd: join(work, 'src'), env: { ...process.env, PATH: bare.PATH }, stdio: ['ignore', 'pipe', 'inherit'] })

  const image = Object.fromEntries(of('ENV').flatMap((rest) => rest.split(/\s+/)).map((pair) => here(pair).split('=') as [string, string]))
  // Where the container's network is its own, the machine's isn't
  const env = { ...bare, ...image, TATUSCAN_HOST: '127.0.0.1', TATUSCAN_PORT: '0' }
  const [entry, command] = [...of('ENTRYPOINT'), ...of('CMD')].map((words) => JSON.parse(words) as string[])
  const server = spawn(entry![0]!, command!, { cwd: join(work, 'data'), env, stdio: ['ignore', 'ignore', 'pipe'] })
  try {
    let port: string | undefined
    let told = ''
    for await (const line of createInterface(server.stderr)) {
      told += `${line}\n`
      if ((port = /TatuScan is at http:\/\/127\.0\.0\.1:(\d+)/.exec(line)?.[1]) !== undefined) break
    }
    if (port === undefined || !told.includes(`sqlite:${work}/data/tatuscan.db`)) throw new Error(`the image's server told ${told}`)
    const [check] = of('HEALTHCHECK').map((rest) => rest.replace(/^.*?CMD /, ''))
    const health = (wanted: string) => execFileSync('/bin/sh', ['-c', check!], { env: { ...env, TATUSCAN_PORT: wanted }, encoding: 'utf8' }).trim()
    if (!health(port).endsWith(': healthy')) throw new Error('the image’s health check fails')
  } finally {
    server.kill('SIGTERM')
    await once(server, 'close')
  }
  if (server.exitCode !== 0) throw new Error(`the image’s server ended with ${server.exitCode}`)
}

/** What .dockerignore lets through: the folders and files that it names with an exclamation mark. */
function copyContext (to: string): void {
  const kept = readFileSync(join(root, '.dockerignore'), 'utf8').split('\n').filter((line) => line.startsWith('!')).map((line) => line.slice(1))
  const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { cwd: root, encoding: 'utf8' }).trim().split('\n')
  const input = files.filter((file) => kept.some((name) => file === name || file.startsWith(`${name}/`))).join('\n')
  const archive = execFileSync('tar', ['--create', '--no-recursion', '--files-from=-'], { cwd: root, input, maxBuffer: 1e8 }) // links stay links
  execFileSync('tar', ['--extract'], { cwd: to, input: archive })
}
