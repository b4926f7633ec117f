import test from 'ava'
import { messageOf } from '../src/index.ts'

test('whatever is thrown has a message of one line, never an empty one', (t) => {
  t.is(messageOf(new Error('two\n  lines')), 'two lines')
  t.is(messageOf(new TypeError('')), 'TypeError')
  t.is(messageOf('text'), 'text')
  t.is(messageOf(''), 'no message was given')
  t.is(messageOf(Object.assign(new Error('x'), { message: 5 })), '5')
  t.is(messageOf({ toString () { throw new Error('no') } }), 'something was thrown that cannot be shown')
})

test('of a connection that failed at each address of its host, the first failure is told', (t) => {
  const refused = (address: string) => new Error(`connect ECONNREFUSED ${address}:5432`)
  t.is(messageOf(new AggregateError([refused('::1'), refused('127.0.0.1')])), 'connect ECONNREFUSED ::1:5432')
  t.is(messageOf(new AggregateError([], '')), 'AggregateError')
})
