/** The colours that a host can set: the tokens at the top of `style.css`. */
export const colourNames = ['ground', 'raised', 'line', 'text', 'quiet', 'accent', 'bar', 'rest', 'track', 'online', 'late', 'stale', 'lost'] as const

/** The colours of the pages that a host may set. */
export type Colours = { readonly [Name in typeof colourNames[number]]?: string }

/** A host's colours as rules that follow the stylesheet's own, so that one file holds both. */
export function colourRules ({ light, dark }: { readonly light?: Colours, readonly dark?: Colours }): string {
  const rules = (colours: Colours) => Object.entries(colours).map(([name, value]) => `--${name}: ${value}`).join('; ')
  return [
    ...light === undefined ? [] : [`:root:not([data-theme=dark]) { ${rules(light)} }`],
    ...dark === undefined ? [] : [`@media screen and (prefers-color-scheme: dark) { :root:not([data-theme=light]) { ${rules(dark)} } }`, `@media screen { :root[data-theme=dark] { ${rules(dark)} } }`]
  ].map((rule) => `${rule}\n`).join('')
}
