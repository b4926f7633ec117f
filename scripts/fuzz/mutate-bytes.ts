import type { Random } from './random.ts'

const snippets = [
  [0], [0xff], [0xc0, 0x80], [0xed, 0xa0, 0xbd], [0xf4, 0x90, 0x80, 0x80], [0xf0, 0x9f], [0xef, 0xbb, 0xbf], [0xe9], ...['"', '\\', '{', '}', '[', ']', ',', ':', ' ', '\n', '\\u0000', '\\ud800', '😀', '-', 'e', '0', 'null', '/*', "'"]
    .map((text) => [...Buffer.from(text)])
]

/** Changes some bytes of a body, as broken links, disks and clients do. */
export function mutateBytes (body: Buffer, random: Random): Buffer {
  const at = random.below(body.length + 1)
  const [before, after] = [body.subarray(0, at), body.subarray(at)]
  switch (random.below(9)) {
    case 0: case 1: { // a bit turned
      const turned = Buffer.from(body)
      if (at < body.length) turned[at]! ^= 1 << random.below(8)
      return turned
    }
    case 2: case 3: return Buffer.concat([before, Buffer.from(random.one(snippets)), after])
    case 4: return Buffer.concat([before, after.subarray(1 + random.below(random.chance(0.8) ? 3 : 200))])
    case 5: return before
    case 6: return Buffer.concat([body, random.chance(0.5) ? body.subarray(0, random.below(10)) : Buffer.from(random.one(snippets))])
    case 7: return Buffer.concat([before, after.subarray(0, random.below(40)), after])
    default: return random.one([
      () => Buffer.concat([Buffer.from('\ufeff'), body]),
      () => Buffer.from(`\ufeff${body.toString()}`, 'utf16le'),
      () => Buffer.from(body.toString(), 'latin1'),
      () => Buffer.alloc(0),
      () => Buffer.concat([body, body])
    ])()
  }
}
