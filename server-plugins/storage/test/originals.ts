/**
 * Databases of the original: those that its own server wrote on each database, all from the same 300 machines (with empty
 * text, accents, Cyrillic, Chinese, emoji, HTML, a formula, padding, hostnames cut at 100), and ones that tests write.
 */
import { execFile } from 'node:child_process'
import { copyFile, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import Sqlite from 'better-sqlite3'
import mysql from 'mysql2/promise'
import type { Kind, TestDatabase } from './databases.ts'

export const fixture = (name: string): string => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url))

/** Fills an empty database with what the original's own server wrote. */
export async function fillWithOriginal ({ kind, url }: TestDatabase): Promise<void> {
  if (kind === 'sqlite') {
    await copyFile(fixture('original-sqlite.db'), fileOf(url))
  } else if (kind === 'postgresql') {
    await promisify(execFile)('psql', ['--quiet', '--no-psqlrc', '--file', fixture('original-postgres.sql'), url])
  } else {
    const connection = await mysql.createConnection({ uri: url, multipleStatements: true, charset: 'utf8mb4' })
    await connection.query(await readFile(fixture('original-mariadb.sql'), 'utf8'))
    await connection.end()
  }
}

/** The file of a SQLite URL. */
export const fileOf = (url: string): string => url.replace(/^sqlite:/, '')

/** The original's table, as its own server makes it. */
export const originalTable = (kind: Kind): string => {
  const [instant, float] = { sqlite: ['DATETIME', 'FLOAT'], postgresql: ['TIMESTAMP WITH TIME ZONE', 'FLOAT'], mysql: ['DATETIME', 'FLOAT'] }[kind]
  return `CREATE TABLE inventory (
    created_at ${instant} NOT NULL,
    updated_at ${instant},
    machine_id VARCHAR(64) NOT NULL,
    hostname VARCHAR(100) NOT NULL,
    ip VARCHAR(45) NOT NULL,
    os VARCHAR(100) NOT NULL,
    os_version VARCHAR(100),
    cpu_percent ${float} NOT NULL,
    memory_total_mb BIGINT NOT NULL,
    memory_used_mb BIGINT,
    computer_model VARCHAR(100),
    computer_activation ${instant},
    activation_days INTEGER,
    PRIMARY KEY (machine_id)
  )`
}

/** The id of the so-many-th machine: 64 hex digits. */
export const machineId = (number: number): string => number.toString(16).padStart(64, '0')

/** A row as the original writes it: SQLite's and MySQL's times are local to its TIMEZONE. */
export function originalRow (number: number, values: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    machine_id: machineId(number),
    hostname: `srv-${number}`,
    ip: `10.0.${number >> 8 & 255}.${number & 255}`,
    os: 'linux',
    os_version: 'Ubuntu 22.04',
    cpu_percent: number % 1000 / 10,
    memory_total_mb: 8192,
    memory_used_mb: null,
    computer_model: null,
    computer_activation: null,
    activation_days: null,
    created_at: '2026-11-24 01:54:19.872140',
    updated_at: null,
    ...values
  }
}

/** Writes a SQLite database as the original has it, of these rows. */
export function writeOriginal (file: string, rows: Iterable<Record<string, unknown>>): void {
  const database = new Sqlite(file)
  database.exec(originalTable('sqlite'))
  const columns = Object.keys(originalRow(0))
  const insert = database.prepare(`insert into inventory (${columns.join()}) values (${columns.map((column) => `@${column}`).join()})`)
  database.transaction(() => { for (const row of rows) insert.run(row) })()
  database.close()
}
