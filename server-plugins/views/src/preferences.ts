import { languages, type Language } from './locales/index.ts'

export const themes = ['light', 'dark'] as const
export type Theme = typeof themes[number]

export interface Preferences {
  readonly language: Language
  /** Undefined: as the browser says. */
  readonly theme: Theme | undefined
  /** `Set-Cookie` headers that keep what was chosen just now. */
  readonly cookies: readonly string[]
}

interface Asked {
  /** `lang` and `theme` choose for good; a `theme` that is none forgets the choice. */
  readonly query: Readonly<Record<string, string>>
  readonly cookie: string | undefined
  readonly acceptLanguage: string | undefined
  /** Below which path the choice holds. */
  readonly path: string
}

const year = 365 * 24 * 60 * 60

/** The language and theme of a visitor: as chosen now, else as chosen before, else as the browser says. */
export function preferencesOf ({ query, cookie, acceptLanguage, path }: Asked): Preferences {
  const kept = parseCookies(cookie)
  const chosenLanguage = known(languages, query.lang)
  const chosenTheme = known(themes, query.theme)
  const keep = (name: string, value: string | undefined) =>
    `tatuscan_${name}=${value ?? ''}; Path=${path}; Max-Age=${value === undefined ? 0 : year}; SameSite=Lax; HttpOnly`
  return {
    language: chosenLanguage ?? known(languages, kept.get('tatuscan_lang')) ?? negotiate(acceptLanguage),
    theme: query.theme === undefined ? known(themes, kept.get('tatuscan_theme')) : chosenTheme,
    cookies: [
      ...chosenLanguage === undefined ? [] : [keep('lang', chosenLanguage)],
      ...query.theme === undefined ? [] : [keep('theme', chosenTheme)]
    ]
  }
}

/** The first of the visitor's languages that there is a catalogue for, by their weights; English where there is none. */
function negotiate (acceptLanguage = ''): Language {
  const wanted = acceptLanguage.split(',').map((part) => {
    const [tag = '', ...parameters] = part.trim().toLowerCase().split(/\s*;\s*/)
    const weight = parameters.find((parameter) => parameter.startsWith('q='))
    return { tag, weight: weight === undefined ? 1 : Number(weight.slice(2)) || 0 }
  })
  for (const { tag, weight } of wanted.toSorted((a, b) => b.weight - a.weight)) {
    const primary = tag.split('-')[0]!
    const language = languages.find((language) => language.toLowerCase() === tag) ?? languages.find((language) => language.split('-')[0] === primary)
    if (language !== undefined && weight > 0) return language
  }
  return 'en'
}

/** Where a name comes more than once, the first holds: browsers send the one of the nearest path first. */
function parseCookies (header = ''): Map<string, string> {
  const cookies = new Map<string, string>()
  for (const pair of header.split(';')) {
    const [name = '', value = ''] = pair.trim().split('=', 2)
    if (!cookies.has(name)) cookies.set(name, value)
  }
  return cookies
}

function known<Value extends string> (values: readonly Value[], given: string | undefined): Value | undefined {
  return values.find((value) => value === given)
}
