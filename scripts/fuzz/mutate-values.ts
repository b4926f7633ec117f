import { Entries, Raw } from './json.ts'
import type { Random } from './random.ts'
import { anyNumber, anyText, badText } from './texts.ts'

type Tree = Record<string, unknown>

/** Changes one thing about a report, somewhere in it. */
export function mutateValue (report: Tree, random: Random): Tree {
  const places = placesIn(report)
  if (places.length === 0) return { [anyKey(random)]: anyValue(random, null) }
  const { into, key } = random.chance(0.5) ? { into: report, key: random.one(Object.keys(report)) } : random.one(places)
  switch (random.below(9)) {
    case 0: case 1: case 2:
      put(into, key, anyValue(random, into[key]))
      return report
    case 3:
      if (Array.isArray(into)) into.pop()
      else delete into[key]
      return report
    case 4: // another key, or one more
      if (Array.isArray(into)) into.push(into[key])
      else put(into, anyKey(random), into[key])
      return report
    case 5: // the same key twice
      if (into === report) return new Entries([...Object.entries(report), [key, random.chance(0.5) ? report[key] : anyValue(random, report[key])]]) as unknown as Tree
      put(into, key, new Entries([['a', 1], ['b', into[key]], [random.one(['a', 'b', 'c']), 2]]))
      return report
    case 6:
      put(into, key, { [anyKey(random)]: into[key] })
      return report
    case 7:
      put(into, key, [into[key]])
      return report
    default:
      put(report, random.one(['facts', 'schemas', 'failures', anyKey(random)]), atALimit(random))
      return report
  }
}

function put (into: Tree, key: string, value: unknown): void {
  if (key === '__proto__') Object.defineProperty(into, key, { value, writable: true, enumerable: true, configurable: true })
  else into[key] = value
}

function placesIn (tree: Tree): { into: Tree, key: string }[] {
  return Object.keys(tree).flatMap((key) => {
    const value = tree[key]
    const below = typeof value === 'object' && value !== null && !(value instanceof Raw) && !(value instanceof Entries) ? placesIn(value as Tree) : []
    return [{ into: tree, key }, ...below]
  })
}

function anyKey (random: Random): string {
  return random.one(['__proto__', 'constructor', 'prototype', 'toString', 'hostname', 'facts', '', '0', 'a.b', 'a/b~c', anyText(random)])
}

function anyValue (random: Random, before: unknown): unknown {
  switch (random.below(11)) {
    case 0: return null
    case 1: return random.chance(0.5)
    case 2: case 3: return anyNumber(random)
    case 4: case 5: return anyText(random)
    case 6: return badText(random)
    case 7: return random.one([[], {}, [[]], [null], ['h'], { a: 'h' }])
    case 8: return typeof before === 'object' ? '[object Object]' : String(before)
    case 9: return nested(1 + random.below(20), random)
    default: return typeof before === 'string' ? before + anyText(random) : before === null ? 0 : [before, before]
  }
}

function nested (levels: number, random: Random): Raw {
  const [open, close] = random.chance(0.5) ? ['[', ']'] : ['{"a":', '}']
  return new Raw(`${open!.repeat(levels)}${open === '[' ? '' : '1'}${close!.repeat(levels)}`)
}

/** What lies just within or just beyond the limits table. */
function atALimit (random: Random): unknown {
  const around = (limit: number) => limit - 2 + random.below(4)
  const named = (count: number, value: unknown) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, value]))
  switch (random.below(8)) {
    case 0: return { limit: { a: new Raw(nested(around(16), random).text) } }
    case 1: return { limit: named(around(501), 1) }
    case 2: return { limit: { a: 'x'.repeat(around(32_768 - 8)) } }
    case 3: return { limit: { a: '\u0001'.repeat(around(5460)) } }
    case 4: return named(around(101), {})
    case 5: return { limit: { ['k'.repeat(around(32_760))]: 1 } }
    case 6: return nested(random.one([62, 63, 64, 65, 5000]), random)
    default: return { ['l'.repeat(around(65))]: { a: 1 } }
  }
}
