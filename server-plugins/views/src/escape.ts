// eslint-disable-next-line no-control-regex -- control characters are what is looked for
const special = /[&<>"'\u0000-\u001f\u007f-\u009f]/
const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/**
 * Text as HTML shows it, in an element or in a quoted attribute. Control characters become visible: a value is shown as
 * what it is, and never changes the page around it. Tabs and line breaks stay behind their marks, so that a text of many
 * lines keeps them; of the rest HTML can't hold most.
 */
export function escapeHtml (value: unknown): string {
  const text = String(value)
  if (!special.test(text)) return text // nearly always
  return text
    .replaceAll(/[&<>"']/g, (character) => entities[character]!)
    // eslint-disable-next-line no-control-regex -- control characters are what is looked for
    .replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, (character) => picture(character.charCodeAt(0)) + (/[\t\n]/.test(character) ? character : ''))
}

/** Unicode has pictures of the first 32 control characters and of DEL. */
function picture (code: number): string {
  if (code < 0x20) return String.fromCharCode(0x2400 + code)
  return code === 0x7f ? '\u2421' : '\ufffd'
}
