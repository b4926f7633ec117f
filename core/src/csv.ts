/**
 * What a spreadsheet would run as a formula, also behind blanks and marks that it doesn't show: see OWASP's page on CSV
 * injection. The wide forms count in East Asian versions.
 */
const formula = /^[\s\p{Cc}\p{Cf}]*[=+\-@\t\r\n＝＋－＠]/u

/** What makes a cell ambiguous unless it is quoted; the semicolon is the separator in much of the world. */
const special = /[",;\p{Cc}]|^\s|\s$/u

/**
 * One line of CSV as RFC 4180 has it, its end included. Null and undefined are empty cells; lists and objects are
 * compact JSON; a text that a spreadsheet would take for a formula gets an apostrophe before it, numbers don't.
 */
export function csvRecord (values: readonly unknown[]): string {
  return values.map(cell).join(',') + '\r\n'
}

function cell (value: unknown): string {
  if (value === null || value === undefined) return ''
  const text = typeof value === 'string' ? defuse(value) : typeof value === 'object' ? JSON.stringify(value) : String(value)
  return special.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

function defuse (text: string): string {
  return formula.test(text) ? `'${text}` : text
}
