/**
 * Reads CSV as RFC 4180 defines it and nothing else: records end with CRLF, the last one too, and quotes stand only
 * around a whole field, in which they are doubled.
 *
 * @throws {Error} for whatever is none
 */
export function parseCsv (text: string): string[][] {
  const field = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/y
  const records: string[][] = []
  let record: string[] = []
  while (field.lastIndex < text.length) {
    const at = field.lastIndex
    const found = field.exec(text)
    if (found === null) throw new Error(`no CSV from ${at}: ${JSON.stringify(text.slice(at, at + 60))}`)
    record.push(found[1]?.replaceAll('""', '"') ?? found[2]!)
    if (found[3] === ',') continue
    records.push(record)
    record = []
  }
  if (record.length > 0) throw new Error('the last record does not end')
  return records
}
