import test from 'ava'
import fc from 'fast-check'
import { formatInstant, isTimeZone, parseInstant } from '../src/index.ts'

const zones = ['America/Cuiaba', 'UTC', 'Asia/Kathmandu', 'America/New_York', 'Australia/Lord_Howe']

test('an instant is shown with the offset that its zone had at the time', (t) => {
  const winter = new Date('2026-11-24T05:54:19.872Z')
  t.is(formatInstant(winter, 'America/Cuiaba'), '2026-11-24T01:54:19.872-04:00')
  t.is(formatInstant(winter, 'UTC'), '2026-11-24T05:54:19.872+00:00')
  t.is(formatInstant(winter, 'Asia/Kathmandu'), '2026-11-24T11:39:19.872+05:45')
  t.is(formatInstant(new Date('2018-12-01T12:00:00Z'), 'America/Cuiaba'), '2018-12-01T09:00:00.000-03:00', 'daylight saving of 2018')
})

test('what is shown reads back as the same instant, in every zone', (t) => {
  fc.assert(fc.property(fc.date({ min: new Date('1975-01-01'), max: new Date('2100-01-01'), noInvalidDate: true }), fc.constantFrom(...zones), (instant, zone) => {
    t.is(parseInstant(formatInstant(instant, zone), zone)?.getTime(), instant.getTime())
  }))
})

test('what agents write is the instant that Date.parse reads, where it is one of the years 1 to 9999', (t) => {
  const digits = (most: number, width = 2) => fc.integer({ min: 0, max: most }).map((number) => String(number).padStart(width, '0'))
  const fraction = fc.option(fc.tuple(fc.integer({ min: 1, max: 9 }), fc.nat(999_999_999)).map(([width, number]) => `.${String(number).padStart(9, '0').slice(-width)}`), { nil: '' })
  const offset = fc.oneof(fc.constant('Z'), fc.tuple(fc.constantFrom('+', '-'), digits(26), digits(61)).map(([sign, hours, minutes]) => `${sign}${hours}:${minutes}`))
  const written = fc.tuple(fc.oneof(digits(9999, 4), digits(110, 4)), digits(13), digits(28), digits(25), digits(61), digits(61), fraction, offset)
    .map(([year, month, date, hours, minutes, seconds, rest, zone]) => `${year}-${month}-${date}T${hours}:${minutes}:${seconds}${rest}${zone}`)
  fc.assert(fc.property(written, (text) => {
    const expected = new Date(text)
    const year = expected.getUTCFullYear()
    t.is(parseInstant(text, 'UTC')?.getTime(), year >= 1 && year <= 9999 ? expected.getTime() : undefined, text)
  }), { numRuns: 2000 })
})

test('dates read in the forms that the original took; without an offset they are local to the zone', (t) => {
  for (const [given, instant] of [
    ['2024-02-03T10:00:00Z', '2024-02-03T10:00:00.000Z'], ['2024-02-03T10:00:00-03:00', '2024-02-03T13:00:00.000Z'], ['2024-02-03T10:00:00+0530', '2024-02-03T04:30:00.000Z'],
    ['2024-02-03 10:00', '2024-02-03T14:00:00.000Z'], ['2024-02-03', '2024-02-03T04:00:00.000Z'], ['03/02/2024', '2024-02-03T04:00:00.000Z'],
    [1_706_955_600, '2024-02-03T10:20:00.000Z'], ['1706955600', '2024-02-03T10:20:00.000Z'], ['2018-12-01 09:00', '2018-12-01T12:00:00.000Z']
  ] as const) {
    t.is(parseInstant(given, 'America/Cuiaba')?.toISOString(), instant, String(given))
  }
})

test('a local time that clocks show twice is the first of the two, and one that they skip counts by the offset before', (t) => {
  for (const [given, zone, instant] of [
    ['2018-02-17 23:30', 'America/Sao_Paulo', '2018-02-18T01:30:00.000Z'], // shown at -02:00, then at -03:00
    ['2018-02-17 22:59', 'America/Sao_Paulo', '2018-02-18T00:59:00.000Z'],
    ['2018-02-18 00:00', 'America/Sao_Paulo', '2018-02-18T03:00:00.000Z'],
    ['2018-11-04', 'America/Sao_Paulo', '2018-11-04T03:00:00.000Z'], // there was no midnight: the day began at 1:00
    ['2018-11-03 23:59', 'America/Sao_Paulo', '2018-11-04T02:59:00.000Z'],
    ['2018-11-04 01:00', 'America/Sao_Paulo', '2018-11-04T03:00:00.000Z'],
    ['2019-10-27 02:30', 'Europe/Berlin', '2019-10-27T00:30:00.000Z'],
    ['2019-10-27 03:00', 'Europe/Berlin', '2019-10-27T02:00:00.000Z'],
    ['2019-03-31 02:30', 'Europe/Berlin', '2019-03-31T01:30:00.000Z']
  ] as const) {
    t.is(parseInstant(given, zone)?.toISOString(), instant, `${given} in ${zone}`)
  }
  t.is(formatInstant(parseInstant('2018-11-04', 'America/Sao_Paulo')!, 'America/Sao_Paulo'), '2018-11-04T01:00:00.000-02:00', 'the day that was given')
})

test('what is finer than a millisecond is cut off, not rounded', (t) => {
  t.is(parseInstant('2026-11-24 01:54:19.872999', 'America/Cuiaba')?.toISOString(), '2026-11-24T05:54:19.872Z')
})

test('a local time that was there twice is the first, and one that was skipped counts as before', (t) => {
  for (const [given, zone, shown] of [
    ['2018-11-04', 'America/Cuiaba', '2018-11-04T01:00:00.000-03:00'], ['2018-11-04 00:30', 'America/Cuiaba', '2018-11-04T01:30:00.000-03:00'],
    ['2018-11-03 23:59', 'America/Cuiaba', '2018-11-03T23:59:00.000-04:00'], ['2018-11-04 01:00', 'America/Cuiaba', '2018-11-04T01:00:00.000-03:00'],
    ['2019-02-16 23:30', 'America/Cuiaba', '2019-02-16T23:30:00.000-03:00'], ['2019-02-17', 'America/Cuiaba', '2019-02-17T00:00:00.000-04:00'],
    ['2024-03-10 02:30', 'America/New_York', '2024-03-10T03:30:00.000-04:00'], ['2024-11-03 01:30', 'America/New_York', '2024-11-03T01:30:00.000-04:00'],
    ['2024-04-07 01:45', 'Australia/Lord_Howe', '2024-04-07T01:45:00.000+11:00'], ['2024-10-06 02:15', 'Australia/Lord_Howe', '2024-10-06T02:45:00.000+11:00']
  ] as const) t.is(formatInstant(parseInstant(given, zone)!, zone), shown, given)
})

test('the years 1 to 9999 are read, and none beyond, whatever the zone makes of their last hours', (t) => {
  for (const [given, zone, instant] of [
    ['0001-01-01T00:00:00Z', 'America/Cuiaba', '0001-01-01T00:00:00.000Z'], ['9999-12-31T23:59:59.999Z', 'Asia/Kathmandu', '9999-12-31T23:59:59.999Z'],
    ['9999-12-31 23:59', 'America/Cuiaba', undefined], ['0001-01-01', 'Asia/Kathmandu', undefined], ['0000-12-31', 'UTC', undefined],
    ['9999-12-31T23:00:00-01:00', 'UTC', undefined], [253_402_300_799, 'UTC', '9999-12-31T23:59:59.000Z'], [253_402_300_800, 'UTC', undefined],
    [-62_135_596_800, 'UTC', '0001-01-01T00:00:00.000Z'], [-62_135_596_801, 'UTC', undefined]
  ] as const) t.is(parseInstant(given, zone)?.toISOString(), instant, `${given} ${zone}`)
})

test('what is no date is undefined, never a nearby one', (t) => {
  for (const given of ['', 'yesterday', '31/02/2024', '2023-02-29', '2023-02-29T00:00:00Z', '2024-04-31T00:00:00Z', '2024-02-30T12:00:00+00:00', '2024-13-01', '02/30/2024', '2024-02-03T25:00', '2024', '5', '10000-01-01']) {
    t.is(parseInstant(given, 'UTC'), undefined, given)
  }
  t.is(parseInstant(1e300, 'UTC'), undefined)
  t.is(parseInstant('9999-12-31 23:00', 'America/Cuiaba'), undefined, 'the year 10000 in UTC')
})

test('a zone is known or not', (t) => {
  t.true(isTimeZone('America/Cuiaba'))
  t.false(isTimeZone('Mars/Olympus'))
  t.false(isTimeZone(''))
})
