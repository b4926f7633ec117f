import test from 'ava'
import { parseDuration } from '../src/index.ts'

test('durations read as people write them', (t) => {
  for (const [text, milliseconds] of [['60s', 60_000], ['2m', 120_000], ['1h', 3_600_000], ['1h30m', 5_400_000], ['500ms', 500], ['0.5s', 500], ['1d', 86_400_000]] as const) {
    t.is(parseDuration(text), milliseconds, text)
  }
})

test('what is no duration, none at all, or longer than a timer can hold is refused', (t) => {
  for (const text of ['', '60', 's', '5x', '-1s', '1s 2m', '0s', '25d', '1e3s', 'abc1s']) {
    t.throws(() => parseDuration(text), { code: 'TATUSCAN_INVALID_OPTION', message: /60s, 2m or 1h/ }, text)
  }
})
