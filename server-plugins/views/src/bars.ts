import type { Group } from '@tatuscan/core'

/** One bar of a chart, with what it stands for. */
export interface Bar {
  readonly label: string
  readonly value: number
  /** The value as it is to be read. */
  readonly shown: string
  /** Of the longest bar, 0 to 100. */
  readonly width: number
  /** The machines behind it. */
  readonly href?: string | undefined
  /** The rest of many: drawn in grey. */
  readonly rest?: boolean
}

type Measured = Omit<Bar, 'width'>

/** Gives bars their widths: zero is at the left edge, and the longest fills the row. */
export function drawBars (measured: readonly Measured[]): Bar[] {
  const longest = Math.max(...measured.map(({ value }) => value), 0)
  return measured.map((bar) => ({ ...bar, width: longest === 0 ? 0 : Math.round(bar.value / longest * 1000) / 10 }))
}

export interface GroupBars {
  readonly label: (value: string | null) => string
  readonly href?: (value: string | null) => string | undefined
  readonly number: (value: number) => string
  /** At most this many bars; what is left becomes one more. */
  readonly top?: number
  readonly others?: string
  /** Where to find what is in none of these groups. */
  readonly beside?: (values: readonly (string | null)[]) => string | undefined
}

/** Bars of groups, in the order of the groups. */
export function groupBars (groups: readonly Group[], { label, href, number, top = Infinity, others = '', beside }: GroupBars): Bar[] {
  const named = groups.length <= top + 1 ? groups : groups.slice(0, top) // one alone is no "others"
  const rest = groups.slice(named.length).reduce((sum, { count }) => sum + count, 0)
  return drawBars([
    ...named.map(({ value, count }) => ({ label: label(value), value: count, shown: number(count), href: href?.(value) })),
    ...rest > 0 ? [{ label: others, value: rest, shown: number(rest), href: beside?.(named.map(({ value }) => value)), rest: true }] : []
  ])
}
