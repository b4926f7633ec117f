import { execFile, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Finished } from '../run.ts'

const repository = fileURLToPath(new URL('../../..', import.meta.url))

/** Where the repository is seen in there. */
export const mounted = '/opt/tatuscan'

/** Whether a real systemd can be started: root, and Debian's systemd-container. */
export const canBoot = process.platform === 'linux' && process.getuid!() === 0 && existsSync('/usr/bin/systemd-nspawn') && existsSync('/usr/lib/systemd/systemd')

/** This machine's own files, with what is written to them kept in memory, in namespaces of their own. */
const boot = `
set -e
mkdir -p /run/tatuscan-test
mount -t tmpfs tmpfs /run/tatuscan-test
cd /run/tatuscan-test
mkdir up work root
mount -t overlay overlay -o lowerdir=/,upperdir=up,workdir=work root
rm -rf root/etc/tatuscan root/var/lib/tatuscan* root/var/lib/private/tatuscan* root/etc/systemd/system/tatuscan*
echo 5f3c0a0e7b1d4c5e9a1b2c3d4e5f6071 > root/etc/machine-id
exec systemd-nspawn -D root --register=no --keep-unit --boot --console=pipe --private-network --bind-ro="$1:${mounted}" systemd.unit=basic.target
`

export interface Booted {
  /** Runs a command in there. */
  run (...command: string[]): Promise<Finished>
  /** Runs tatuscan in there. */
  tatuscan (...args: string[]): Promise<Finished>
  end (): Promise<void>
}

/** Boots a real systemd as process 1 of a container. */
export async function bootSystemd (): Promise<Booted> {
  const nspawn = spawn('unshare', ['--mount', '--propagation', 'private', 'bash', '-c', boot, 'boot', repository], { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [nspawn.stdout, nspawn.stderr]) stream.on('data', (chunk) => { output += String(chunk) })
  const ended = once(nspawn, 'close')
  let init: string | undefined
  const run = async (...command: string[]) => await finished('nsenter', ['--target', init!, '--mount', '--pid', '--uts', '--ipc', '--net', '--', ...command])
  const end = async () => {
    if (init !== undefined) process.kill(Number(init), 'SIGKILL')
    else nspawn.kill('SIGKILL')
    await ended
  }
  for (let attempt = 0; attempt < 600; attempt++) {
    if (nspawn.exitCode !== null) throw new Error(`systemd-nspawn ended with ${nspawn.exitCode}: ${output}`)
    init = (await finished('pgrep', ['--parent', String(nspawn.pid), '--exact', 'systemd'])).stdout.trim() || undefined
    if (init !== undefined && /^(running|degraded)/.test((await run('systemctl', 'is-system-running')).stdout)) {
      const tatuscan = async (...args: string[]) => await run(`${mounted}/node_modules/node/bin/node`, `${mounted}/cli/bin/tatuscan.js`, ...args)
      return { run, tatuscan, end }
    }
    await sleep(100)
  }
  await end()
  throw new Error(`systemd did not come up: ${output}`)
}

async function finished (file: string, args: string[]): Promise<Finished> {
  return await new Promise((resolve) => {
    const { PATH, HOME = '/root' } = process.env
    execFile(file, args, { encoding: 'utf8', env: { PATH, HOME } }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : null, stdout, stderr })
    })
  })
}
