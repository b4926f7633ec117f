import { withQuery } from './links.ts'
import { catalogues, languages, type Language } from './locales/index.ts'
import { labelIn, type AddedEntry } from './options.ts'
import type { PageContext, Person } from './page.ts'
import { themes, type Preferences, type Theme } from './preferences.ts'

interface Choice {
  readonly label: string
  readonly href: string
  /** Where the visitor is, or what is chosen. */
  readonly current: boolean
}

/** What the layout puts around any page. */
export interface Frame {
  readonly title: string
  readonly pageTitle: string | undefined
  readonly language: Language
  readonly theme: Theme | undefined
  readonly nav: readonly Choice[]
  readonly languages: readonly (Choice & { readonly code: Language })[]
  readonly themes: readonly Choice[]
  readonly person: Person | undefined
  /** How often the page looks for news, in seconds; 0: never. */
  readonly refresh: number
}

interface Framed {
  /** The page's own, without its query. */
  readonly path: string
  readonly title: string
  readonly pageTitle: string | undefined
  readonly context: PageContext
  readonly preferences: Preferences
  readonly entries: readonly AddedEntry[]
  readonly refresh: number
}

/** A choice of language or theme leads to the same page, and keeps its state. */
export function createFrame ({ path, title, pageTitle, context: { t, query, links, person }, preferences: { language, theme }, entries, refresh }: Framed): Frame {
  const here = withoutSlash(path)
  const entry = (href: string, label: string): Choice => ({ href, label, current: here === withoutSlash(href) })
  const { lang: _lang, theme: _theme, ...state } = query
  return {
    title,
    pageTitle,
    language,
    theme,
    nav: [
      entry(links.home, t.nav.dashboard), entry(links.report(), t.nav.report), entry(links.charts(), t.nav.charts),
      ...entries.map(({ href, label }) => entry(href, labelIn(label, language)))
    ],
    languages: languages.map((code) => ({
      code, label: catalogues[code].language, current: code === language, href: withQuery(path, { ...state, lang: code })
    })),
    themes: [...themes, 'system' as const].map((name) => ({
      label: t.preferences[name], current: name === (theme ?? 'system'), href: withQuery(path, { ...state, theme: name })
    })),
    person,
    refresh
  }
}

function withoutSlash (path: string): string {
  return path.replace(/(.)\/+$/, '$1')
}
