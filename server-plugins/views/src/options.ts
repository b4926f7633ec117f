import { isTimeZone, TatuScanError, type Access } from '@tatuscan/core'
import { colourNames, type Colours } from './colours.ts'
import type { Language } from './locales/index.ts'
import type { MakePage } from './page.ts'

/** Text of a host's own: the same in every language, or one for each. */
export type Label = string | Readonly<Record<Language, string>>

/** An entry that a host adds to the navigation. */
export interface AddedEntry {
  readonly label: Label
  /** A path of the host's, or a whole address. */
  readonly href: string
}

/** A page that a host adds, in the same frame as the others. */
export interface AddedPage {
  /** Below the prefix: `/licences`. */
  readonly path: string
  /** Its entry in the navigation; without one it has none. */
  readonly label?: Label
  /** What it shows; its template is looked for in the folder `templates` first. */
  readonly make: MakePage
  /** Who may see it, where auth asks. @default 'viewer' */
  readonly access?: Access
}

/** How the pages are mounted, and what a host puts in them. */
export interface ViewsOptions {
  /** The IANA time zone in which times are shown. @default 'America/Cuiaba' */
  readonly timeZone?: string
  /** The name in the top bar and in the titles. @default 'TatuScan' */
  readonly title?: string
  /** Colours in the place of ours, for the light theme and for the dark one. */
  readonly colours?: { readonly light?: Colours, readonly dark?: Colours }
  /** A folder of templates that stand in the place of ours of the same name: `dashboard.eta`, `partials/status.eta`. */
  readonly templates?: string
  readonly pages?: readonly AddedPage[]
  readonly entries?: readonly AddedEntry[]
  /** How often an open page looks for news, in seconds; 0: never. @default 10 */
  readonly refresh?: number
}

const colour = /^(#[0-9a-f]{3,8}|[a-z]+|(?:rgb|hsl|hwb|lab|lch|oklab|oklch)a?\([\d\s.,%/a-z+-]{1,60}\))$/i

/**
 * Options with their defaults, checked once.
 *
 * @throws {TatuScanError} TATUSCAN_INVALID_OPTION
 */
export function checkOptions ({ timeZone = 'America/Cuiaba', title = 'TatuScan', colours = {}, templates, pages = [], entries = [], refresh = 10 }: ViewsOptions) {
  if (typeof timeZone !== 'string' || !isTimeZone(timeZone)) {
    throw invalid(`timeZone must be the name of a time zone, such as America/Cuiaba; got ${JSON.stringify(timeZone)}`)
  }
  if (typeof title !== 'string' || title.trim() === '' || title.length > 100) throw invalid(`title must be text of 1 to 100 characters; got ${JSON.stringify(title)}`)
  for (const [theme, chosen] of Object.entries(colours)) {
    if (theme !== 'light' && theme !== 'dark') throw invalid(`colours are for light and dark; got ${JSON.stringify(theme)}`)
    for (const [name, value] of Object.entries(chosen)) {
      if (!colourNames.includes(name as never)) throw invalid(`colours.${theme} has no ${JSON.stringify(name)}; there are ${colourNames.join(', ')}`)
      if (typeof value !== 'string' || !colour.test(value)) throw invalid(`colours.${theme}.${name} must be a CSS colour, such as #0b62b8; got ${JSON.stringify(value)}`)
    }
  }
  for (const { path } of pages) {
    if (typeof path !== 'string' || !/^\/[^/]/.test(path)) throw invalid(`the path of an added page starts with / and names something; got ${JSON.stringify(path)}`)
  }
  for (const { href } of entries) {
    if (typeof href !== 'string' || !/^(https?:|\/|[^:]*$)/i.test(href)) throw invalid(`an entry leads to a path or to http; got ${JSON.stringify(href)}`)
  }
  if (typeof refresh !== 'number' || !(refresh >= 0)) throw invalid(`refresh must be a number of seconds, 0 for never; got ${JSON.stringify(refresh)}`)
  return { timeZone, title, colours, templates, pages, entries, refresh }
}

/** What a label reads in a language. */
export function labelIn (label: Label, language: Language): string {
  return typeof label === 'string' ? label : label[language]
}

function invalid (message: string): TatuScanError {
  return new TatuScanError('TATUSCAN_INVALID_OPTION', message)
}
