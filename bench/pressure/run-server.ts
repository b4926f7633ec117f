import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Runs {@link ./server.ts} while the body does. */
export async function withServer<Result> (mode: 'slow' | 'fast', body: (url: string) => Promise<Result>): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'tatuscan-pressure-'))
  const server = spawn(process.execPath, [fileURLToPath(new URL('server.ts', import.meta.url)), join(folder, 'pressure.db'), mode], { stdio: ['ignore', 'pipe', 'inherit'] })
  try {
    const [line] = await once(server.stdout, 'data') as [Buffer]
    return await body(String(line).trim())
  } finally {
    if (server.exitCode === null) {
      server.kill('SIGTERM')
      await once(server, 'close')
    }
    rmSync(folder, { recursive: true })
  }
}
