import { execFileSync } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { userInfo } from 'node:os'
import { bin } from '../../cli/test/run.ts'
import { folderOf, freePort, healthy, startProgram, testWith, until } from './processes.ts'

testWith('/usr/bin/supervisord')('supervisord runs the server from deploy/, starts it again when it dies, and stops it (needs supervisord)', async (t) => {
  const folder = await folderOf(t)
  const port = await freePort()
  const program = await readFile(new URL('../supervisor/tatuscan.conf', import.meta.url), 'utf8')
  // What differs here: this checkout's command, a user, folders and a port that a test may have
  const mine = program
    .replace('/usr/bin/tatuscan', `${process.execPath} ${bin}`)
    .replace('user=www-data', `user=${userInfo().username}`)
    .replace('"8040"', `"${port}"`)
    .replaceAll('/var/lib/tatuscan', folder).replaceAll('/var/log', folder)
    .replace('startsecs=5', 'startsecs=1')
  const configuration = join(folder, 'supervisord.conf')
  const socket = join(folder, 'supervisor.sock')
  await writeFile(configuration, `[supervisord]
nodaemon=true
logfile=${folder}/supervisord.log
pidfile=${folder}/supervisord.pid
childlogdir=${folder}
[unix_http_server]
file=${socket}
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl=unix://${socket}
${mine}`)
  const { PATH } = process.env
  const supervisor = startProgram(t, '/usr/bin/supervisord', ['--configuration', configuration], { env: { PATH } })
  const control = (...words: string[]) => execFileSync('/usr/bin/supervisorctl', ['--configuration', configuration, ...words], { encoding: 'utf8' })

  const url = `http://127.0.0.1:${port}`
  await until(`the server: ${supervisor.output()}`, async () => await healthy(url))
  await until('supervisord to be sure of it', () => {
    try {
      return control('status', 'tatuscan').includes('RUNNING')
    } catch {
      return false // supervisorctl fails while it is but starting
    }
  })
  t.regex(await readFile(join(folder, 'tatuscan.err.log'), 'utf8'), new RegExp(`TatuScan is at ${url} \\(database sqlite:${folder}/tatuscan.db\\)`))

  const pid = Number(control('pid', 'tatuscan'))
  process.kill(pid, 'SIGKILL')
  await until('another process', () => {
    try {
      return Number(control('pid', 'tatuscan')) > 0 && Number(control('pid', 'tatuscan')) !== pid
    } catch {
      return false // supervisorctl fails while there is none
    }
  })
  await until('the server again', async () => await healthy(url))

  t.regex(control('stop', 'tatuscan'), /tatuscan: stopped/)
  t.false(await healthy(url))
  t.regex(await readFile(join(folder, 'supervisord.log'), 'utf8'), /stopped: tatuscan \(exit status 0\)/)
})
