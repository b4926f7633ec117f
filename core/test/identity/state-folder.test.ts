import { resolve } from 'node:path'
import test from 'ava'
import { stateFolder } from '../../src/index.ts'

const home = () => '/home/ana'
const homeless = () => { throw new Error('no entry in passwd') }
const cases: [what: string, options: Parameters<typeof stateFolder>[0], folder: string][] = [
  ['root', { platform: 'linux', root: true, env: { XDG_STATE_HOME: '/elsewhere' } }, '/var/lib/tatuscan'],
  ['a user', { platform: 'linux', root: false, env: {}, home }, '/home/ana/.local/state/tatuscan'],
  ['a user with a state folder', { platform: 'linux', root: false, env: { XDG_STATE_HOME: '/state' }, home }, '/state/tatuscan'],
  ['a user whose state folder is relative', { platform: 'linux', root: false, env: { XDG_STATE_HOME: 'state' }, home }, '/home/ana/.local/state/tatuscan'],
  ['a user without a home', { platform: 'linux', root: false, env: {}, home: homeless }, '/var/lib/tatuscan'],
  ['Windows', { platform: 'win32', root: false, env: { ProgramData: 'D:\\ProgramData' }, home }, 'D:\\ProgramData\\TatuScan'],
  ['Windows that doesn’t say where', { platform: 'win32', root: false, env: {}, home }, 'C:\\ProgramData\\TatuScan'],
  ['root on macOS', { platform: 'darwin', root: true, env: {}, home }, '/Library/Application Support/TatuScan'],
  ['a user on macOS', { platform: 'darwin', root: false, env: {}, home }, '/home/ana/Library/Application Support/TatuScan'],
  ['whoever names one', { platform: 'linux', root: true, env: { TATUSCAN_STATE_DIR: '/srv/state' } }, '/srv/state'],
  ['whoever names one from here', { platform: 'linux', root: true, env: { TATUSCAN_STATE_DIR: 'state' } }, resolve('state')]
]
for (const [what, options, folder] of cases) {
  test(`the state folder of ${what} is ${folder}`, (t) => {
    t.is(stateFolder(options), folder)
  })
}
