import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const runs = 15
const cpuWindow = 100

/** Prints how long `collect --json` takes, less the CPU collector's window, as a multiple of `node -e 0`. */
export function benchStartUp (): void {
  const collect = [fileURLToPath(new URL('../cli/bin/tatuscan.js', import.meta.url)), 'collect', '--json']
  const times = { bare: [] as number[], collect: [] as number[] }
  time(collect) // fills the compile cache
  for (let run = 0; run < runs; run++) {
    times.bare.push(time(['-e', '0']))
    times.collect.push(time(collect) - cpuWindow)
  }
  const [bare, less] = [median(times.bare), median(times.collect)]
  console.log(`Start-up, median of ${runs} runs\n  collect --json less its CPU window of ${cpuWindow} ms: ${less.toFixed(0)} ms, node -e 0: ${bare.toFixed(0)} ms, ratio ${(less / bare).toFixed(1)}`)
}

function time (args: readonly string[]): number {
  const start = performance.now()
  const { status, stderr } = spawnSync(process.execPath, args)
  if (status !== 0) throw new Error(String(stderr))
  return performance.now() - start
}

function median (values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!
}
