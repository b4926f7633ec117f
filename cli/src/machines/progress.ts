import { progressBar, type ProgressBar } from '../progress-bar.ts'

/** Shows how far long work is, where a terminal is there to see it. */
export function progress (): ProgressBar {
  return process.stderr.isTTY ? progressBar(process.stderr) : { show () {}, clear () {} }
}
