import type { MachineStore } from '@tatuscan/core'
import type { Formats } from './formats.ts'
import type { Links } from './links.ts'
import type { Catalogue } from './locales/index.ts'

/** What a page is made from. */
export interface PageContext {
  readonly machines: MachineStore
  readonly query: Readonly<Record<string, string>>
  readonly params: Readonly<Record<string, string>>
  readonly t: Catalogue
  readonly formats: Formats
  readonly links: Links
  readonly now: Date
  /** Where the visitor found the server: `https://inventory.example.com`. */
  readonly origin: string
  /** Who is logged in by a session of auth's; undefined where nobody is, or a host knows better. */
  readonly person: string | undefined
}

/** A page to be rendered: a template and what it shows. */
export interface Page {
  readonly template: string
  /** Undefined: the name of the whole. */
  readonly title?: string
  readonly data: object
  readonly statusCode?: number
}

/** Where a page sends its visitor instead. */
export interface Redirect {
  readonly redirect: string
}

/** Reads what the address asks for, asks the store, and shapes the answer. */
export type MakePage = (context: PageContext) => Promise<Page | Redirect>
