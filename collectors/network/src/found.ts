/** An interface as a platform's reader found it, before anything is made of it. */
export interface FoundInterface {
  readonly name: string
  readonly index: number | null
  /** As {@link import('./mac.ts').parseMac} gives it. */
  readonly mac: string | null
  readonly ipv4: readonly string[]
  readonly ipv6: readonly string[]
  readonly up: boolean
  readonly loopback: boolean
  /** Linux tells of it that no device is behind it. */
  readonly deviceless: boolean
  /** The bond or bridge that it is part of, which holds the addresses in its place. */
  readonly master: string | null
}

/** What a platform's reader found. */
export interface Found {
  /** The lowest index first. */
  readonly interfaces: readonly FoundInterface[]
  /** How many virtual interfaces were not looked at. */
  readonly unread: number
  /** The address from which the machine speaks to the world; null where that is unknown. */
  readonly defaultSource: () => string | null
}
