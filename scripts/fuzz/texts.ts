import type { Random } from './random.ts'
import { Raw } from './json.ts'

const texts = [
  '', ' ', 'a', 'srv-01', 'trailing  ', '\tb\n', 'Ação é à ü', 'e\u0301\u0323', 'עברית العربية', '\u202eabc', '日本語', 'Кирилл', '😀🏳️‍🌈', '\u{10ffff}\uffff', '\ufeffa', '\u200b\u2028',
  '\u0001\u001b[31m', '\u007f\u0085', '"\'`\\/', "'; drop table inventory; --", '100%_', '\\u0000', '\\', '\\\\', '\\N', '{}', 'null', 'NaN', '0', '5', 'true', '=1+1', '$1 ? :a %s', '../..', '<script>',
  '__proto__', 'constructor', 'toString', 'hasOwnProperty', 'length', '2024-02-29', '31/02/2024', '2018-11-04', '9999-12-31 23:59', '0001-01-01', '2024-02-03T10:00:00Z', '2026-01-02T03:04:05+99:99', '1706955600',
  '192.0.2.10', '2001:db8::1', 'x 5', 'K', 'ı', 'ß'
]

/** Texts of every kind that has ever been trouble. */
export function anyText (random: Random): string {
  if (random.chance(0.7)) return random.one(texts)
  if (random.chance(0.97)) return random.one(texts).repeat(1 + random.below(60))
  return random.one(['x', 'é', '😀', '\\', '"', '\u0001']).repeat(random.one([100, 101, 8192, 16_384, 32_768, 70_000]) >> random.below(3))
}

/** Texts that no JSON may hold, or no report. */
const badTexts = ['"\\u0000"', '"a\\u0000b"', '"\\ud800"', '"\\udc00\\ud800"', '"\\ud83d"', '"\\ud83d\\ude00"', '"\\x41"', '"\n"', '"a', "'a'", '"\\u00"', '"\\""']

/** Points in time in every form that is taken, and in some that are not, the first and the last ones above all. */
export function anyInstant (random: Random): string | number {
  if (random.chance(0.2)) return random.one([0, -1, 0.5, 1e-7, 1_706_955_600, 253_402_300_799, 253_402_300_800, -62_135_596_800, -62_135_596_801, 1e300, '1706955600', '253402300800'])
  if (random.chance(0.3)) return random.one(['9999-12-31 23:59', '9999-12-31T23:59:59.999Z', '31/12/9999', '0001-01-01', '0001-01-01T00:00:00Z', '01/01/0001', '2018-11-04', '29/02/1900'])
  const [year, month, day] = [random.one(['0000', '0001', '1582', '1900', '1969', '2018', '2024', '9999', '9999', '10000']), random.one(['01', '02', '11', '12', '12', '13']), random.one(['01', '01', '04', '29', '31', '32'])]
  if (random.chance(0.2)) return `${day}/${month}/${year}`
  const time = random.one(['', '', ' 00:00', 'T00:30:00', ' 23:59', 'T23:59:59.999', 'T23:59:59.9999999', 'T24:00', 'T10:00:60'])
  return `${year}-${month}-${day}${time}${random.one(['', '', 'Z', 'z', '+00:00', '-23:59', '+2359', '+14:00', '-04:00'])}`
}

const numbers = [
  '0', '-0', '-0.0', '1', '-1', '0.5', '15.5', '100', '100.0', '1e2', '1E+2', '100.00000000000001', '101', '5e-324', '1e-400', '1e400', '-1e400', '1e21', '9007199254740991', '9007199254740992', '9007199254740993',
  '-9007199254740993', '2147483647', '2147483648', '-2147483649', '4294967296', '1.7976931348623157e308', '253402300799', '253402300800', '-62135596801', '31536000', '31536001', '012', '+1', '.5', '1.', '0x10', '1e', '--1',
  '123456789012345678901234567890', '0.1e1', 'NaN', 'Infinity'
]

export function anyNumber (random: Random): Raw {
  return new Raw(random.one(numbers))
}

export function badText (random: Random): Raw {
  return new Raw(random.one(badTexts))
}
