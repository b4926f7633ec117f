import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import fc from 'fast-check'
import { parseAssignments, readDistribution, shapeOsRelease } from '../src/distribution.ts'
import { shapeMacos } from '../src/macos.ts'
import { shapeWindows } from '../src/windows.ts'

test('the version is NAME and VERSION, or what stands in for them', (t) => {
  t.is(shapeOsRelease('NAME="Debian GNU/Linux"\nVERSION="12 (bookworm)"\nID=debian\nVERSION_ID="12"\n')?.version, 'Debian GNU/Linux 12 (bookworm)')
  t.is(shapeOsRelease('ID=alpine\nVERSION_ID=3.20.3\n')?.version, 'alpine 3.20.3')
  t.is(shapeOsRelease('NAME="Arch Linux"\nID=arch\nBUILD_ID=rolling\n')?.version, 'Arch Linux')
  t.is(shapeOsRelease('NAME=""\nID=arch\n')?.version, 'arch')
  t.is(shapeOsRelease('# nothing to see\n'), undefined)
})

test('values are unquoted as a shell would', (t) => {
  const assigned = parseAssignments([
    '# A=comment', 'PLAIN=debian', 'DOUBLE="a \\"b\\" \\$c \\\\ \\` \\n"', "SINGLE='it \\ is'", 'BARE=a\\ b', 'EMPTY=', '  INDENTED=x  ', 'TWICE=1', 'TWICE=2',
    'no assignment', '=nameless', 'OPEN="never closed', 'CRLF="x"\r'
  ].join('\n'))
  t.deepEqual(Object.fromEntries(assigned), {
    PLAIN: 'debian', DOUBLE: 'a "b" $c \\ ` \\n', SINGLE: 'it \\ is', BARE: 'a b', EMPTY: '', INDENTED: 'x', TWICE: '2', OPEN: 'never closed', CRLF: 'x'
  })
})

test('any line of text comes through quoting', (t) => {
  const line = fc.string({ unit: 'grapheme' }).filter((text) => !/[\r\n]/.test(text))
  fc.assert(fc.property(line, (text) => {
    t.is(parseAssignments(`NAME="${text.replaceAll(/["$`\\]/g, '\\$&')}"`).get('NAME'), text)
  }))
})

test('garbage becomes nothing, or one line of printable text', (t) => {
  const garbage = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: fc.constantFrom('NAME=', 'ID=', 'VERSION=', '"', "'", '\\', '\n', '\0', 'x', '\u2028', '\ud800', ' ') }))
  fc.assert(fc.property(garbage, (text) => {
    for (const value of Object.values(shapeOsRelease(text) ?? {})) {
      // eslint-disable-next-line no-control-regex -- control characters are what must not be there
      t.true(value === null || (value !== '' && value === value.trim() && value.isWellFormed() && value.length <= 1024 && !/[\u0000-\u001f\u007f]/.test(value)))
    }
  }), { numRuns: 500 })
})

test('without os-release, lsb-release tells, then redhat-release, then the kernel', async (t) => {
  t.deepEqual(await readFrom(t, { 'etc/lsb-release': 'DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=12.04\nDISTRIB_CODENAME=precise\nDISTRIB_DESCRIPTION="Ubuntu 12.04.5 LTS"\n' }),
    { version: 'Ubuntu 12.04.5 LTS', distribution: 'Ubuntu', release: '12.04', codename: 'precise' })
  t.is((await readFrom(t, { 'etc/lsb-release': 'DISTRIB_ID=Gentoo\nDISTRIB_RELEASE=2.15\n' })).version, 'Gentoo 2.15')
  t.deepEqual(await readFrom(t, { 'etc/lsb-release': 'LSB_VERSION=base-4.0-amd64\n', 'etc/redhat-release': 'CentOS release 6.10 (Final)\n' }),
    { version: 'CentOS release 6.10 (Final)', distribution: 'CentOS', release: '6.10', codename: 'Final' })
  t.deepEqual(await readFrom(t, {}), { version: 'Linux 5.15.0-91-generic', distribution: null, release: null, codename: null })
})

test('an os-release in /etc that says nothing gives way to the one in /usr/lib', async (t) => {
  t.is((await readFrom(t, { 'etc/os-release': '', 'usr/lib/os-release': 'NAME=Debian\nVERSION=12\n' })).version, 'Debian 12')
})

for (const [release, product, version] of [
  ['6.1.7601', 'Windows 7 Professional', 'Windows 7'],
  ['6.2.9200', 'Windows 8', 'Windows 8'],
  ['6.3.9600', 'Windows 8.1 Pro', 'Windows 8.1'],
  ['10.0.19045', 'Windows 10 Pro', 'Windows 10'],
  ['10.0.21999', '', 'Windows 10'],
  ['10.0.22000', 'Windows 11 Home', 'Windows 11'],
  ['10.0.20348', 'Windows Server 2022 Datacenter', 'Windows Server 2022'],
  ['6.3.9600', 'Windows Server 2012 R2 Standard', 'Windows Server 2012 R2'],
  ['5.1.2600', '', null]
] as const) {
  test(`Windows ${release} ${product} is ${version}`, (t) => {
    t.is(shapeWindows(release, product).version, version)
  })
}

test('a macOS that does not tell its version is still macOS', (t) => {
  t.deepEqual(shapeMacos('<plist><dict/></plist>'), { version: 'macOS', distribution: 'macOS', release: null, codename: null })
})

async function readFrom (t: ExecutionContext, files: Record<string, string>) {
  const root = await mkdtemp(join(tmpdir(), 'tatuscan-os-'))
  t.teardown(async () => await rm(root, { recursive: true }))
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), text)
  }
  return await readDistribution(root, '5.15.0-91-generic')
}
