import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { withStrace } from '../../server-plugins/storage/test/durability/strace.ts'
import { bin } from './run.ts'

withStrace('strace -f sees a daemon start no process in ten cycles, and its first report neither (needs strace)', async (t) => {
  t.timeout(180_000)
  const folder = mkdtempSync(join(tmpdir(), 'tatuscan-trace-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const delivered: string[] = []
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      delivered.push(request.url!)
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"message":"ok"}')
    })
  }).listen(0, '127.0.0.1')
  t.teardown(() => server.close())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const trace = join(folder, 'trace')
  const agent = ['daemon', '--interval', '1s', '--url', `http://127.0.0.1:${port}`]
  const { PATH } = process.env
  const traced = spawn('strace', ['-f', '-e', 'trace=execve,execveat,fork,vfork,connect', '-o', trace, process.execPath, bin, ...agent], {
    env: { PATH, HOME: folder, TATUSCAN_STATE_DIR: join(folder, 'state') }, stdio: ['ignore', 'ignore', 'inherit']
  })
  t.teardown(() => traced.kill('SIGKILL'))
  while (delivered.length < 11 && traced.exitCode === null) await sleep(50)
  process.kill(Number.parseInt(readFileSync(trace, 'utf8')), 'SIGTERM') // strace itself heeds no signal
  await once(traced, 'close')
  const calls = readFileSync(trace, 'utf8').split('\n')
  const connected = calls.filter((line) => line.includes('connect(') && line.includes(`htons(${port})`))
  t.true(delivered.length >= 11 && connected.length >= 1, 'the trace holds what the agent did')
  t.is(calls.filter((line) => /\b(execve|execveat|fork|vfork)\(/.test(line)).length, 1, 'the agent’s own start alone')
  t.log(`${delivered.length} reports`)
})
