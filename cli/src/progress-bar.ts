import type { WriteStream } from 'node:tty'

export interface ProgressBar {
  show (done: number, total: number): void
  /** Takes the bar away, so that what follows begins a line of its own. */
  clear (): void
}

/** A bar on a terminal, drawn over itself: `[████████░░░░░░░░] 150 of 300`. */
export function progressBar (terminal: WriteStream): ProgressBar {
  return {
    show (done, total) {
      const text = ` ${done} of ${total}`
      const width = Math.max(0, Math.min(40, terminal.columns - text.length - 3))
      const full = Math.round(Math.min(1, total === 0 ? 1 : done / total) * width)
      terminal.write(`\r[${'█'.repeat(full)}${'░'.repeat(width - full)}]${text}`)
    },
    clear () {
      terminal.write('\r\u001b[K')
    }
  }
}
