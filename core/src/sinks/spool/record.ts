import { hash } from 'node:crypto'
import type { Report } from '../../report.ts'

/** The name of the file that holds a report: they sort as the reports were made. */
export const fileOf = (id: string): string => `${id}.report`

/** The report_id of a file's name; undefined where it is no report's. */
export function idOf (name: string): string | undefined {
  return /^([0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12})\.report$/.exec(name)?.[1]
}

/** When a report was made, by its id, in milliseconds since 1970. */
export function madeAt (id: string): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)
}

/** Text as a file that tells whether it is whole: the SHA-256 of what follows, and the text, which is one line. */
export function seal (text: string): string {
  return `${digest(text)}\n${text}\n`
}

/** @returns undefined where the file is not, to the last bit, what was sealed */
export function unseal (content: string): string | undefined {
  const [sum, text = '', ...rest] = content.split('\n')
  return rest.length === 1 && rest[0] === '' && sum === digest(text) ? text : undefined
}

/** @returns undefined where the file is not, to the last bit, the report that was sealed under this id */
export function unsealReport (content: string, id: string): Report | undefined {
  const json = unseal(content)
  const report = json === undefined ? undefined : JSON.parse(json) as Report
  return report?.report_id === id ? report : undefined
}

function digest (text: string): string {
  return hash('sha256', text)
}
