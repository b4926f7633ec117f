import stringWidth from 'string-width'

export interface TableOptions {
  /** Columns of the terminal; without it nothing is cut. */
  readonly width?: number | undefined
}

const gap = 2

/**
 * Makes lines of rows whose columns are aligned. Widths follow the rows that it is made with; the widest columns give way
 * where a terminal is too narrow, and what is cut ends with `…`. A Chinese letter or an emoji counts for two.
 */
export function textTable (rows: readonly (readonly string[])[], { width }: TableOptions = {}): (row: readonly string[]) => string {
  const widths = fitted(rows.reduce<number[]>((widest, row) => row.map((cell, column) => Math.max(widest[column] ?? 0, stringWidth(cell))), []), width)
  return (row) => row.map((cell, column) => {
    const text = width === undefined ? cell : cut(cell, widths[column]!)
    return column === row.length - 1 ? text : text + ' '.repeat(Math.max(0, widths[column]! - stringWidth(text)) + gap)
  }).join('').trimEnd()
}

function fitted (widths: number[], total: number | undefined): number[] {
  if (total === undefined) return widths
  const result = [...widths]
  let excess = result.reduce((sum, width) => sum + width, gap * (result.length - 1)) - total
  for (; excess > 0; excess--) {
    const widest = result.indexOf(Math.max(...result))
    if (result[widest]! <= 1) break
    result[widest]! -= 1
  }
  return result
}

const graphemes = new Intl.Segmenter()

/** The text, or as much of it as goes into this width with an ellipsis. */
export function cut (text: string, width: number): string {
  if (stringWidth(text) <= width) return text
  let [taken, used] = ['', 0]
  for (const { segment } of graphemes.segment(text)) {
    used += stringWidth(segment)
    if (used > width - 1) break
    taken += segment
  }
  return `${taken}…`
}
