import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { installAgent } from '../scripts/release/agent.ts'
import { buildPackages } from '../scripts/release/build.ts'
import { packPackages } from '../scripts/release/pack.ts'

const runs = 15
const cpuWindow = 100

/** Prints how long `collect --json` takes, installed as it is released, less the CPU collector's window, as a multiple of `node -e 0`. */
export function benchStartUp (): void {
  const work = mkdtempSync(join(tmpdir(), 'tatuscan-bench-'))
  try {
    const { cli } = installAgent(packPackages(buildPackages()), work)
    const { collectMs, bareMs } = compareStartUp(cli)
    console.log(`Start-up, as released, median of ${runs} runs\n  collect --json less its CPU window of ${cpuWindow} ms: ${collectMs.toFixed(0)} ms, node -e 0: ${bareMs.toFixed(0)} ms, ratio ${(collectMs / bareMs).toFixed(2)}`)
  } finally {
    rmSync(work, { recursive: true })
  }
}

/** Medians of both, run in turn. @param cli the script of an installed command line */
export function compareStartUp (cli: string): { collectMs: number, bareMs: number } {
  const collect = [cli, 'collect', '--json']
  const times = { bare: [] as number[], collect: [] as number[] }
  time(collect) // fills the compile cache
  for (let run = 0; run < runs; run++) {
    times.bare.push(time(['-e', '0']))
    times.collect.push(time(collect) - cpuWindow)
  }
  return { collectMs: median(times.collect), bareMs: median(times.bare) }
}

function time (args: readonly string[]): number {
  const start = performance.now()
  const { status, stderr } = spawnSync(process.execPath, args)
  if (status !== 0) throw new Error(String(stderr))
  return performance.now() - start
}

export function median (values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!
}
