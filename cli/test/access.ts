import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ExecutionContext } from 'ava'
import { start, type Running } from './run.ts'

export interface ServedWithAccess extends Running {
  readonly url: string
  /** Its data folder. */
  readonly folder: string
  /** Where the first admin is made, with the code that it takes; undefined: there is one. */
  readonly setupLink: string | undefined
}

/** What a condition finds; throws where it finds nothing for a minute. */
export async function until<Value> (what: string, look: () => Promise<Value | undefined> | Value | undefined): Promise<Value> {
  const end = Date.now() + 60_000
  while (Date.now() < end) {
    const found = await look()
    if (found !== undefined) return found
    await sleep(50)
  }
  throw new Error(`waited in vain: ${what}`)
}

/** The whole server, which asks who one is, on a database and a port of its own. */
export async function serveWithAccess (t: ExecutionContext, flags: readonly string[] = [], env: Record<string, string> = {}): Promise<ServedWithAccess> {
  const folder = env.TATUSCAN_DB_DIR ?? await mkdtemp(join(tmpdir(), 'tatuscan-access-'))
  const running = start(['serve', '--port', '0', ...flags], { TATUSCAN_DB_DIR: folder, TATUSCAN_AUTH: 'on', ...env })
  t.teardown(async () => {
    running.child.kill('SIGKILL')
    await running.finished
    if (env.TATUSCAN_DB_DIR === undefined) await rm(folder, { recursive: true, force: true })
  })
  const url = await until('the start line', () => {
    if (running.child.exitCode !== null) throw new Error(`the server ended: ${running.stderr()}`)
    return /TatuScan is at (http:\/\/[^ ]+)/.exec(running.stderr())?.[1]?.replace('0.0.0.0', '127.0.0.1')
  })
  const isNew = (await (await fetch(`${url}/login`)).text()).includes('tatuscan users add')
  const setupLink = isNew ? await until('the link', () => /http:\/\/[^" ]+\/setup\?code=[\w-]+/.exec(running.stderr())?.[0]) : undefined
  return { ...running, url, folder, setupLink }
}

/** Fills in a form as a browser does, and keeps its cookies. */
export async function logIn (link: string, fields: Record<string, string>): Promise<{ readonly cookie: string }> {
  const form = await fetch(link)
  const text = await form.text()
  const hidden = [...text.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)">/g)].map(([, name, value]) => [name!, value!])
  const cookie = form.headers.getSetCookie().map((set) => set.split(';', 1)[0]!).join('; ')
  const answer = await fetch(new URL(/action="([^"]+)"/.exec(text)![1]!, link), {
    method: 'POST', redirect: 'manual', headers: { cookie }, body: new URLSearchParams([...hidden, ...Object.entries(fields)] as [string, string][])
  })
  if (answer.status !== 303) throw new Error(`logging in was answered ${answer.status}: ${await answer.text()}`)
  return { cookie: answer.headers.getSetCookie().map((set) => set.split(';', 1)[0]!).join('; ') }
}
