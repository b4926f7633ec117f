import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { TatuScanError } from '@tatuscan/core'
import { editEnvironmentFile, environmentNames } from './environment-file.ts'
import type { Action, Command, Host, Output, ServiceState } from './host.ts'
import type { Role, Service } from './service.ts'

export interface InstallOptions {
  /** Variables for its file of settings; null takes one out. */
  readonly environment: Readonly<Record<string, string | null>>
  readonly start: boolean
}

/**
 * Writes the service's files and settings, and has it started, now and with the machine. Again it changes what differs,
 * and restarts only then.
 *
 * @returns what was done, a line each
 * @throws {TatuScanError} TATUSCAN_INVALID_OPTION
 */
export async function installService (host: Host, service: Service, { environment, start }: InstallOptions): Promise<string[]> {
  await checkPossible(host, 'install', service)
  const { environment: settings, log } = host.places(service.role)
  const before = await textOf(settings) ?? ''
  const after = editEnvironmentFile(before, environment)
  if (service.role === 'agent') checkDestination(after, settings)
  const files = [...host.files(service), ...after === '' ? [] : [{ path: settings, text: after, mode: 0o600 }]]
  const done: string[] = []
  for (const { path, text, mode } of files) {
    if (await textOf(path) !== text) {
      await writeWhole(path, text, mode)
      done.push(`Wrote ${path}`)
    }
    await chmod(path, mode) // also where somebody has opened it up
  }
  await runAll(host.commands('install', service.role, { changed: done.length > 0, start }))
  return [...done, `${done.length > 0 ? 'Installed' : 'Unchanged:'} ${host.serviceName(service.role)}${start ? ', and running' : ''}; its log: ${log}`]
}

/** Stops the service and takes its files away; its settings and data stay, unless they are to go too. */
export async function uninstallService (host: Host, service: Service, { purge }: { readonly purge: boolean }): Promise<string[]> {
  await checkPossible(host, 'uninstall', service)
  const { environment, data } = host.places(service.role)
  await runAll(host.commands('uninstall', service.role, { changed: true, start: false }))
  for (const { path } of host.files(service)) await rm(path, { force: true })
  if (host.name === 'systemd') await runAll([{ file: 'systemctl', args: ['daemon-reload'] }])
  const kept = [environment, ...data].filter((path) => existsSync(path))
  const done = [`Uninstalled ${host.serviceName(service.role)}`]
  if (!purge) return [...done, ...kept.length > 0 ? [`Kept its settings and data (--purge removes them): ${kept.join(', ')}`] : []]
  for (const path of kept) await rm(path, { recursive: true, force: true })
  return [...done, ...kept.map((path) => `Removed ${path}`)]
}

/** Starts, stops or restarts it. */
export async function controlService (host: Host, service: Service, action: Exclude<Action, 'install' | 'uninstall'>): Promise<string[]> {
  await checkPossible(host, action, service)
  const { installed } = await serviceState(host, service.role)
  if (!installed && action !== 'start') throw notInstalled(host, service.role)
  if (!host.files(service).every(({ path }) => existsSync(path))) throw notInstalled(host, service.role)
  await runAll(host.commands(action, service.role, { changed: false, start: true }))
  return [`${{ start: 'Started', stop: 'Stopped', restart: 'Restarted' }[action]} ${host.serviceName(service.role)}`]
}

export async function serviceState (host: Host, role: Role): Promise<ServiceState> {
  return host.state(role, await runCommand(host.query(role)))
}

function notInstalled (host: Host, role: Role): TatuScanError {
  return new TatuScanError('TATUSCAN_INVALID_OPTION', `${host.serviceName(role)} is not installed here: sudo tatuscan service install ${role}`)
}

async function checkPossible (host: Host, action: Action, service: Service): Promise<void> {
  if (process.getuid !== undefined && process.getuid() !== 0) {
    throw new TatuScanError('TATUSCAN_INVALID_OPTION', `only root may ${action} a service: sudo tatuscan service ${action} ${service.role}`)
  }
  const obstacle = await host.obstacle(action, service)
  if (obstacle !== undefined) throw new TatuScanError('TATUSCAN_INVALID_OPTION', obstacle)
}

/** An agent that knows no server would end again and again. */
function checkDestination (settings: string, path: string): void {
  const names = environmentNames(settings)
  const configured = ['ts', 'js'].some((extension) => existsSync(`/etc/tatuscan/tatuscan.config.${extension}`))
  if (!names.includes('TATUSCAN_URL') && !names.includes('TATUSCAN_CONFIG') && !configured) {
    throw new TatuScanError('TATUSCAN_INVALID_OPTION', `no server is named, and ${path} names none: give --url http://server:8040`)
  }
}

/** A file is there whole or not at all, and never readable for more than its mode says. */
async function writeWhole (path: string, text: string, mode: number): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o755 })
  const temporary = `${path}.${process.pid}.new`
  try {
    await writeFile(temporary, text, { mode, flag: 'wx' })
    await chmod(temporary, mode)
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

async function textOf (path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

async function runAll (commands: readonly Command[]): Promise<void> {
  for (const command of commands) {
    const { code, stdout, stderr } = await runCommand(command)
    if (code !== 0 && command.mayFail !== true) {
      throw new Error(`${[command.file, ...command.args].join(' ')} failed: ${(stderr || stdout).trim() || `exit code ${code}`}`)
    }
  }
}

/** Never rejects for a command that fails; where there is none of that name, it failed with 127, as in a shell. */
async function runCommand ({ file, args }: Command): Promise<Output> {
  return await new Promise((resolve) => {
    execFile(file, [...args], { encoding: 'utf8', windowsHide: true, env: { ...process.env, LC_ALL: 'C' } }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 127
      resolve({ code, stdout, stderr: error?.code === 'ENOENT' ? `there is no ${file} here` : stderr })
    })
  })
}
