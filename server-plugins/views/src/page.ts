import type { CredentialStore, MachineStore } from '@tatuscan/core'
import type { Formats } from './formats.ts'
import type { Links } from './links.ts'
import type { Catalogue, Language } from './locales/index.ts'

/** What a page is made from. */
export interface PageContext {
  readonly machines: MachineStore
  /** Where it is kept who may report as a machine; undefined where nobody asks. */
  readonly credentials: CredentialStore | undefined
  readonly query: Readonly<Record<string, string>>
  readonly params: Readonly<Record<string, string>>
  readonly language: Language
  readonly t: Catalogue
  readonly formats: Formats
  readonly links: Links
  readonly timeZone: string
  readonly now: Date
  /** Where the visitor found the server: `https://inventory.example.com`. */
  readonly origin: string
  /** The address that was asked for, query and all. */
  readonly url: string
  /** Who looks; undefined where nobody asks who that is. */
  readonly person: Person | undefined
  /** Whether agents report with a key, which the enrolment secret buys. */
  readonly enrolling: boolean
  /** Whether who looks may change something: anybody, where nobody asks. */
  readonly mayChange: boolean
}

/** Who looks at a page. */
export interface Person {
  readonly name: string
  /** What a form has to send along in `_csrf`; undefined where a host knows people by other means. */
  readonly csrfToken: string | undefined
}

/** A page to be rendered: a template and what it shows. */
export interface Page {
  readonly template: string
  /** Undefined: the name of the whole. */
  readonly title?: string
  readonly data: object
  readonly statusCode?: number
  /** Where it can be had again, where it answers a form. @default the address that was asked for */
  readonly path?: string
}

/** Where a page sends its visitor instead. */
export interface Redirect {
  readonly redirect: string
}

/** Reads what the address asks for, asks the store, and shapes the answer. */
export type MakePage = (context: PageContext) => Promise<Page | Redirect>
