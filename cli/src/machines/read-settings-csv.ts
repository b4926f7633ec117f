import { CsvError, parse } from 'csv-parse/sync'
import { parseInstant, TatuScanError } from '@tatuscan/core'
import type { Changes } from './item.ts'

/** A row of a file that says what is known of machines. */
export interface SettingsRow {
  readonly line: number
  readonly hostname: string
  /** What it sets; an empty cell sets nothing. */
  readonly changes: Changes
}

type Column = 'hostname' | keyof Changes

/** What a column may be called, in English and Portuguese, without case, accents, blanks and marks. */
const names: Record<Column, readonly string[]> = {
  hostname: ['hostname', 'host', 'name', 'computer', 'machine', 'nome', 'nomedohost', 'maquina', 'computador', 'nomedamaquina', 'nomedocomputador'],
  computer_activation: ['activationdate', 'activation', 'computeractivation', 'activated', 'dateofactivation', 'datadeativacao', 'dataativacao', 'ativacao'],
  computer_model: ['model', 'computermodel', 'modelo', 'modelodocomputador'],
  activation_days: ['activationdays', 'days', 'diasdeativacao', 'diasativacao', 'dias']
}

/** What each kind of cell may hold. */
const readers: Record<keyof Changes, (cell: string) => string | number> = {
  computer_activation (cell) {
    if (parseInstant(cell, 'UTC') === undefined) throw new Error(`${JSON.stringify(cell)} is no date: YYYY-MM-DD, DD/MM/YYYY, ISO 8601 or seconds since 1970`)
    return cell
  },
  computer_model (cell) {
    if ([...cell].length > 100 || cell.includes('\0')) throw new Error('a model has at most 100 characters')
    return cell
  },
  activation_days (cell) {
    if (!/^-?\d{1,9}$/.test(cell)) throw new Error(`${JSON.stringify(cell)} is no number of days`)
    return Number(cell)
  }
}

/**
 * Reads CSV as spreadsheets write it: UTF-8, commas or semicolons, quoted cells, a first line that names the columns. Every
 * row is checked before any is used.
 *
 * @throws {TatuScanError} TATUSCAN_INVALID_OPTION with the first 10 things that are wrong, each with its line
 */
export function readSettingsCsv (bytes: Uint8Array): SettingsRow[] {
  const [head, ...records] = recordsOf(bytes)
  if (head === undefined) throw malformed(['it is empty'])
  const columns = head.cells.map((cell) => columnOf(cell))
  const wrong: string[] = []
  for (const [column, known] of Object.entries(names)) {
    const times = columns.filter((name) => name === column).length
    if (times > 1) wrong.push(`line ${head.line}: ${known[0]} is there ${times} times`)
  }
  if (!columns.includes('hostname')) wrong.push(`line ${head.line}: no column is called hostname; there are ${head.cells.join(', ')}`)
  if (!columns.some((column) => column !== undefined && column !== 'hostname')) wrong.push(`line ${head.line}: no column is called activation date, model or activation days`)
  if (wrong.length > 0) throw malformed(wrong)
  const lines = new Map<string, number>()
  const rows = records.map(({ line, cells }): SettingsRow => {
    const of = (column: Column) => cells[columns.indexOf(column)]?.trim() ?? ''
    const hostname = of('hostname')
    if (hostname === '') wrong.push(`line ${line}: it names no hostname`)
    else if (lines.has(hostname)) wrong.push(`line ${line}: ${hostname} is on line ${lines.get(hostname)} already`)
    lines.set(hostname, line)
    const changes = (Object.keys(readers) as (keyof Changes)[]).flatMap((column) => {
      if (of(column) === '') return []
      try {
        return [[column, readers[column](of(column))]]
      } catch (error) {
        wrong.push(`line ${line}: ${(error as Error).message}`)
        return []
      }
    })
    return { line, hostname, changes: Object.fromEntries(changes) as Changes }
  })
  if (wrong.length > 0) throw malformed(wrong)
  return rows
}

interface CsvRecord { readonly line: number, readonly cells: string[] }

function recordsOf (bytes: Uint8Array): CsvRecord[] {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes) // takes the byte order mark away
  } catch {
    throw malformed(['it is not UTF-8: save it as "CSV UTF-8"'])
  }
  const firstLine = text.slice(0, text.search(/\r|\n|$/)).replaceAll(/"[^"]*"/g, '')
  try {
    const records = parse(text, { delimiter: firstLine.includes(';') ? ';' : ',', info: true, skip_empty_lines: true, relax_column_count: false }) as unknown as { info: { lines: number }, record: string[] }[]
    return records.map(({ info, record }) => ({ line: info.lines, cells: record }))
  } catch (error) {
    if (error instanceof CsvError) throw malformed([error.message])
    throw error
  }
}

function columnOf (cell: string): Column | undefined {
  const plain = cell.normalize('NFD').replaceAll(/[^A-Za-z]/g, '').toLowerCase()
  return (Object.keys(names) as Column[]).find((column) => names[column].includes(plain))
}

function malformed (wrong: readonly string[]): TatuScanError {
  return new TatuScanError('TATUSCAN_INVALID_OPTION', `nothing was changed, since the file is not right: ${wrong.slice(0, 10).join('; ')}${wrong.length > 10 ? `; and ${wrong.length - 10} more` : ''}`)
}
