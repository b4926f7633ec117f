/**
 * Where to go after logging in: what was asked for, where it is a page of this server below its prefix; else its home.
 * Browsers take `//host`, `/\host` and what hides such behind a tab for another site's address.
 */
export function returnPath (asked: unknown, base: string): string {
  const home = `${base}/`
  if (typeof asked !== 'string' || !asked.startsWith(home) || asked.length > 2000) return home
  const nowhere = 'http://nowhere.invalid'
  const url = URL.parse(asked, nowhere)
  if (url === null || url.origin !== nowhere || url.pathname.startsWith('//') || !url.pathname.startsWith(home)) return home
  return /^\/(login|logout|setup)$/.test(url.pathname.slice(base.length)) ? home : url.pathname + url.search
}
