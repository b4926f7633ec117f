import type { SqliteDatabase, SqliteStatement } from 'kysely'

/**
 * A SQLite database that prepares each text once: preparing a statement of 64 rows takes longer than running it.
 * Statements run to their end at once, so one can serve again and again.
 */
export function withStatementCache (database: SqliteDatabase, size = 200): SqliteDatabase {
  const statements = new Map<string, SqliteStatement>()
  return {
    prepare (sql) {
      let statement = statements.get(sql)
      if (statement === undefined) {
        statement = database.prepare(sql)
        if (statements.size >= size) statements.delete(statements.keys().next().value!) // the oldest
        statements.set(sql, statement)
      }
      return statement
    },
    close () {
      statements.clear()
      database.close()
    }
  }
}
