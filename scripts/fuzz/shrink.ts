import { parseJson } from '@tatuscan/core'

/**
 * The smallest body that still fails, found by leaving things out: first of the JSON that it may be, then of its bytes.
 *
 * @param most how many are tried
 */
export async function shrink (body: Buffer, fails: (body: Buffer) => Promise<boolean>, most = 400): Promise<Buffer> {
  let smallest = body
  let tries = 0
  const tried = async (candidate: Buffer): Promise<boolean> => {
    if (tries === most || candidate.length >= smallest.length) return false
    tries++
    if (!await fails(candidate)) return false
    smallest = candidate
    return true
  }

  async function anyOf (candidates: Iterable<Buffer>): Promise<boolean> {
    for (const candidate of candidates) if (await tried(candidate)) return true
    return false
  }

  let found: boolean
  do found = await anyOf(smallerJson(smallest)); while (found)
  for (let size = smallest.length >> 1; size > 0; size >>= 1) {
    for (let at = 0; at < smallest.length;) {
      if (!await tried(Buffer.concat([smallest.subarray(0, at), smallest.subarray(at + size)]))) at += size
    }
  }
  return smallest
}

/** The same JSON with one thing left out, put in place of what holds it, or halved where it is a text. */
function * smallerJson (body: Buffer): Generator<Buffer> {
  let root: unknown
  try {
    root = parseJson(body.toString())
  } catch {
    return
  }
  yield Buffer.from(JSON.stringify(root))
  for (const smaller of smallerValues(root)) yield Buffer.from(JSON.stringify(smaller))
}

function * smallerValues (value: unknown): Generator<unknown> {
  if (typeof value === 'string' && value.length > 1) {
    yield value.slice(0, value.length >> 1)
    yield value.slice(value.length >> 1)
  }
  if (typeof value !== 'object' || value === null) return
  yield * Object.values(value)
  if (!Array.isArray(value)) yield * Object.keys(value)
  if (Array.isArray(value)) {
    for (const index of value.keys()) yield value.toSpliced(index, 1)
    for (const [index, item] of value.entries()) for (const smaller of smallerValues(item)) yield value.with(index, smaller)
    return
  }
  for (const key of Object.keys(value)) yield Object.fromEntries(Object.entries(value).filter(([other]) => other !== key))
  for (const [key, item] of Object.entries(value)) for (const smaller of smallerValues(item)) yield { ...value, [key]: smaller }
}
