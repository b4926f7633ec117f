import { CompiledQuery, type Compilable, type Kysely } from 'kysely'
import type { Tables } from './rows.ts'

/** The texts of statements by their name and number of rows, compiled once. */
export type StatementTexts = Map<string, string>

/**
 * Runs a statement over many items, in portions whose sizes are powers of two, so that few texts serve any number.
 *
 * @param build makes the statement for a portion; run once for each size
 * @param parameters the statement's parameters for a portion, in the order in which `build` names them
 */
export async function runBulk<Item, Row> (db: Kysely<Tables>, texts: StatementTexts, name: string, items: readonly Item[], {
  build, parameters
}: { build: (portion: readonly Item[]) => Compilable, parameters: (portion: readonly Item[]) => unknown[] }): Promise<Row[]> {
  const rows: Row[] = []
  for (const portion of portions(items)) {
    const key = `${name} ${portion.length}`
    let text = texts.get(key)
    if (text === undefined) {
      text = build(portion).compile().sql
      texts.set(key, text)
    }
    rows.push(...(await db.executeQuery<Row>(CompiledQuery.raw(text, parameters(portion)))).rows)
  }
  return rows
}

function * portions<Item> (items: readonly Item[], largest = 128): Generator<readonly Item[]> {
  let start = 0
  while (start < items.length) {
    const size = Math.min(largest, 2 ** Math.floor(Math.log2(items.length - start)))
    yield items.slice(start, start + size)
    start += size
  }
}
