import test from 'ava'
import { machineIdOf, uuidOf } from '../src/machine-id.ts'

test('a machine id is 32 hexadecimal digits, told in lower case', (t) => {
  t.is(machineIdOf('4B7C1D90e2f34a6b8c5d7e9f0a1b2c3d\n'), '4b7c1d90e2f34a6b8c5d7e9f0a1b2c3d')
})

for (const text of [undefined, '', '\n', 'uninitialized\n', '4b7c1d90e2f34a6b8c5d7e9f0a1b2c3', '4b7c1d90e2f34a6b8c5d7e9f0a1b2c3d9', '4b7c1d90-e2f3-4a6b-8c5d-7e9f0a1b2c3d', '0'.repeat(32), 'f'.repeat(32)]) {
  test(`${JSON.stringify(text)} is no machine id`, (t) => {
    t.is(machineIdOf(text), null)
  })
}

test('a UUID is told in lower case, without braces', (t) => {
  t.is(uuidOf('{4C4C4544-0051-3510-8052-B4C04F4B3132}'), '4c4c4544-0051-3510-8052-b4c04f4b3132')
})

for (const text of [
  '', '-', 'To be filled by O.E.M.', '00000000-0000-0000-0000-000000000000', 'FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF', 'fefefefe-fefe-fefe-fefe-fefefefefefe',
  '03000200-0400-0500-0006-000700080009', '00020003-0004-0005-0006-000700080009', '12345678-1234-5678-90AB-CDDEEFAABBCC',
  '4C4C4544-0000-2010-8020-80C04F202020', '6AB5B300-538D-1014-9FB5-B0684D007B53', '07090201-0103-0301-0807-060504030201'
]) {
  test(`${JSON.stringify(text)} is no UUID to tell a machine by`, (t) => {
    t.is(uuidOf(text), null)
  })
}
