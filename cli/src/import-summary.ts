import type { ImportSummary } from '@tatuscan/server-storage'
import { sectionsText, shown, type Row } from './report-table.ts'

/** What an import did, for people. */
export function importSummary ({ from, into, complete, time_zone: timeZone, read, created, completed, unchanged, refused, altered }: ImportSummary): string {
  return sectionsText([
    [`${complete ? 'Imported' : 'Imported in part'}: ${from}`, [
      ['Into', shown(into)],
      ['Local times', `read as of ${timeZone}`],
      ['Read', String(read)],
      ['Created', String(created)],
      ['Completed', String(completed)],
      ['Unchanged', String(unchanged)],
      ['Refused', String(refused.length)]
    ]],
    ...section('Refused', refused.map(({ machine_id, reason }): Row => [machine_id, shown(reason)])),
    ...section('Not quite as they were', altered.map(({ machine_id, column, reason }): Row => [machine_id, shown(`${column} ${reason}`)]))
  ])
}

function section (title: string, rows: Row[]): [string, Row[]][] {
  return rows.length === 0 ? [] : [[title, rows]]
}
