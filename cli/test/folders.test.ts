import test from 'ava'
import { configFolders } from '../src/config-file.ts'
import { dataFolder } from '../src/data-folder.ts'

test('configuration is looked for beside the named file, else here and in /etc/tatuscan; root never takes it from here', (t) => {
  t.deepEqual(configFolders('sub/tatuscan.config.ts', { root: false, cwd: '/home/ana' }), ['/home/ana/sub'])
  t.deepEqual(configFolders(undefined, { root: false, cwd: '/home/ana' }), ['/home/ana', '/etc/tatuscan'])
  t.deepEqual(configFolders(undefined, { root: true, cwd: '/home/ana' }), ['/etc/tatuscan'])
})

test('data goes to where each system keeps a user’s data', (t) => {
  const home = '/home/ana'
  t.is(dataFolder({ platform: 'linux', env: {}, home }), '/home/ana/.local/share/tatuscan')
  t.is(dataFolder({ platform: 'linux', env: { XDG_DATA_HOME: '/data' }, home }), '/data/tatuscan')
  t.is(dataFolder({ platform: 'darwin', env: {}, home }), '/home/ana/Library/Application Support/TatuScan')
  t.is(dataFolder({ platform: 'win32', env: { LOCALAPPDATA: '/local' }, home }), '/local/TatuScan')
})
