/** Text as it stands in XML, between tags or in a quoted attribute. What XML can't hold is refused where options are read. */
export function xmlText (text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
