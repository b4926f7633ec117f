import { textTable } from '../machines/text-table.ts'
import { shown } from '../report-table.ts'
import type { TokenItem, UserItem } from './directory.ts'

/** People as lines of a table. */
export function usersTable (users: readonly UserItem[]): string {
  return tableOf(['NAME', 'ROLE', 'ADDED', 'LAST LOGIN'], users.map(({ name, role, created_at, last_login_at }) => [shown(name), role, day(created_at), last_login_at === null ? 'never' : day(last_login_at)]))
}

/** Tokens as lines of a table; the tokens themselves are kept nowhere. */
export function tokensTable (tokens: readonly TokenItem[]): string {
  return tableOf(['ID', 'ROLE', 'NAME', 'MADE', 'LAST USED', 'EXPIRES'], tokens.map(({ id, role, name, created_at, last_used_at, expires_at }) => [
    id, role, name === '' ? '–' : shown(name), day(created_at), last_used_at === null ? 'never' : day(last_used_at), expires_at === null ? 'never' : day(expires_at)
  ]))
}

function tableOf (head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = textTable([head, ...rows], { width: process.stdout.isTTY ? process.stdout.columns : undefined })
  return [head, ...rows].map(line).join('\n')
}

/** To the minute, in UTC. */
function day (instant: string): string {
  return `${instant.slice(0, 16).replace('T', ' ')}Z`
}
