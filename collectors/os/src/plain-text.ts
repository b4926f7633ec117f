/** One line of text without control characters, at most 256 characters; null where nothing is left of it. */
export function plainText (text: string | undefined): string | null {
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  const printable = (text ?? '').replaceAll(/[\u0000-\u001f\u007f\u2028\u2029\s]+/g, ' ').trim().toWellFormed()
  return Array.from(printable).slice(0, 256).join('').trim() || null
}
