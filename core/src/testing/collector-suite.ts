import assert from 'node:assert/strict'
import { checkCollectors, type Collector } from '../collector.ts'
import { checkFacts, plainFacts } from '../facts.ts'
import { jsonBytes, limits } from '../limits.ts'
import { claim, type DeclareTest } from './declare-test.ts'

/** What the conformance suite of collectors tests. */
export interface CollectorSuiteOptions {
  /** Makes a collector that finds something; called anew for every test. */
  readonly make: () => Collector
  /** Makes one that looks at a machine where there is nothing of the kind, where that can be. */
  readonly makeAbsent?: () => Collector
  /** Makes one whose source is broken: unreadable, or full of nonsense. */
  readonly makeBroken?: () => Collector
  /** How long one collection may take, in milliseconds. @default 5000 */
  readonly timeoutMs?: number
}

/**
 * What every collector promises, as tests: one call is a collector's conformance test.
 *
 * @param test AVA's `test`, or any function that takes a title and an async function
 * @example testCollector(test, { make: () => memory() })
 */
export function testCollector (test: DeclareTest, { make, makeAbsent, makeBroken, timeoutMs = 5000 }: CollectorSuiteOptions): void {
  const { name } = make()
  const collect = (collector: Collector) => collector.collect({ signal: AbortSignal.timeout(timeoutMs) })

  claim(test, `${name}: is a plain object with a name, a schema and collect()`, async () => {
    const collector = make()
    checkCollectors([collector])
    assert.equal(Object.getPrototypeOf(collector), Object.prototype, 'no class')
    assert.notEqual(make(), collector, 'the factory makes a new one each time')
  })

  claim(test, `${name}: its schema is JSON, describes an object, fits the limits, and titles every fact`, async () => {
    const { schema } = make()
    const json = JSON.parse(JSON.stringify(schema)) as SchemaNode
    assert.equal(json.type, 'object')
    assert.equal(typeof json.title, 'string', 'the schema itself needs a title')
    assert.ok(jsonBytes(schema) <= limits.schemaBytes, `at most ${limits.schemaBytes} bytes`)
    for (const [fact, { title }] of Object.entries(json.properties ?? {})) assert.equal(typeof title, 'string', `${fact} needs a title`)
    for (const [path, node] of numbers(json)) assert.equal(typeof (node.unit ?? node.title), 'string', `${path} needs a unit or a title`)
  })

  claim(test, `${name}: its facts are plain JSON within the limits, as its schema says`, async () => {
    const collector = make()
    const facts = await collect(collector)
    assert.ok(facts !== undefined, 'make() must give a collector that finds something')
    assert.deepEqual(plainFacts(facts), JSON.parse(JSON.stringify(facts)))
    checkFacts(facts, collector.schema)
  })

  claim(test, `${name}: can collect again, and twice at once`, async () => {
    const collector = make()
    const [first, second] = await Promise.all([collect(collector), collect(collector)])
    const third = await collect(collector)
    for (const facts of [first, second, third]) checkFacts(facts!, collector.schema)
  })

  if (makeAbsent !== undefined) {
    claim(test, `${name}: says undefined where there is nothing of the kind`, async () => {
      assert.equal(await collect(makeAbsent()), undefined)
    })
  }

  if (makeBroken !== undefined) {
    claim(test, `${name}: throws where its source is broken, rather than guess`, async () => {
      await assert.rejects(async () => await collect(makeBroken()))
    })
  }
}

interface SchemaNode {
  readonly type?: string | readonly string[]
  readonly title?: string
  readonly unit?: string
  readonly properties?: Record<string, SchemaNode>
  readonly items?: SchemaNode
}

function * numbers (node: SchemaNode, path = ''): Generator<[string, SchemaNode]> {
  if (['number', 'integer'].some((type) => node.type === type || (Array.isArray(node.type) && node.type.includes(type)))) yield [path, node]
  for (const [key, child] of Object.entries(node.properties ?? {})) yield * numbers(child, `${path}/${key}`)
  if (node.items !== undefined) yield * numbers(node.items, `${path}/items`)
}
