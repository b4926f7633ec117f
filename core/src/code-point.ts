/** Compares by code point; JavaScript's own comparison goes by UTF-16 unit, which puts surrogates too early. */
export function byCodePoint (a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let at = 0; at < length; at++) {
    const [x, y] = [a.charCodeAt(at), b.charCodeAt(at)]
    if (x !== y) return x >= 0xD800 && y >= 0xD800 ? a.codePointAt(at)! - b.codePointAt(at)! || x - y : x - y
  }
  return a.length - b.length
}
