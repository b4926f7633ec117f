import { win32 } from 'node:path'
import type { Command, Host } from './host.ts'
import { roleText, type Role, type Service } from './service.ts'
import { xmlText } from './xml.ts'

/** The agent's is the original's name, so that whatever watches over it goes on to. */
const names: Record<Role, string> = { agent: 'TatuScanAgent', server: 'TatuScanServer' }

export interface WindowsOptions {
  /** @default 'C:\\ProgramData' */
  readonly programData?: string | undefined
}

/** Windows 10 and later, by WinSW, whose executable stands beside its XML file under the service's name. */
export function windows ({ programData = 'C:\\ProgramData' }: WindowsOptions = {}): Host {
  const folder = win32.join(programData, 'TatuScan Service')
  const wrapper = (role: Role) => win32.join(folder, `${names[role]}.exe`)
  const winsw = (role: Role, command: string): Command => ({ file: wrapper(role), args: [command] })
  const data = (role: Role) => win32.join(programData, role === 'agent' ? 'TatuScan' : 'TatuScan Server')
  const environment = (role: Role) => win32.join(folder, `${role}.env`)

  return {
    name: 'WinSW',
    serviceName: (role) => names[role],
    places: (role) => ({ environment: environment(role), data: [data(role)], log: `type "${win32.join(folder, 'logs', `${names[role]}.err.log`)}"` }),
    files: (service) => [{
      path: win32.join(folder, `${names[service.role]}.xml`),
      mode: 0o644,
      text: winswXml(service, { environment: environment(service.role), data: data(service.role), logs: win32.join(folder, 'logs') })
    }],

    commands (action, role, { changed, start }) {
      if (action === 'uninstall') return [{ ...winsw(role, 'stop'), mayFail: true }, winsw(role, 'uninstall')]
      if (action !== 'install') return [winsw(role, action)]
      // WinSW reads its file at each start; it is installed anew so that name and description follow too.
      const fresh = [{ ...winsw(role, 'stop'), mayFail: true }, { ...winsw(role, 'uninstall'), mayFail: true }, winsw(role, 'install')]
      return [...changed ? fresh : [], ...start ? [{ ...winsw(role, 'start'), mayFail: !changed }] : []]
    },

    query: (role) => ({ file: 'sc.exe', args: ['queryex', names[role]] }),
    state (role, { code, stdout }) {
      // Labels are in the language of the system; the numbers aren't: TYPE comes first, then STATE, of which 4 is running.
      const numbers = [...stdout.matchAll(/:\s+([0-9a-f]+)\s+([A-Z_]+)/g)]
      const [, state = '', word = 'not installed'] = numbers[1] ?? []
      const pid = Number(/^.*\bPID\b.*:\s*(\d+)/m.exec(stdout)?.[1] ?? 0)
      return {
        role, name: names[role], installed: code === 0, running: state === '4', enabled: null, pid: pid > 0 ? pid : null, detail: word.toLowerCase().replaceAll('_', ' ')
      }
    },

    async obstacle (action, { role }) {
      const { existsSync } = await import('node:fs')
      return existsSync(wrapper(role))
        ? undefined
        : `${wrapper(role)} is missing: download WinSW 2.12 from https://github.com/winsw/winsw/releases, and save it there under this name; ` +
          "where the original TatuScan's service is installed, first run: sc.exe stop TatuScanAgent & sc.exe delete TatuScanAgent"
    }
  }
}

/** WinSW's configuration; see its docs/xml-config-file.md. */
function winswXml ({ role, node, bin }: Service, { environment, data, logs }: { environment: string, data: string, logs: string }): string {
  const { command, title, description } = roleText[role]
  const line = [`--env-file-if-exists=${environment}`, bin, command].map((word) => /[\s&]/.test(word) ? `"${word}"` : word).join(' ')
  return `<?xml version="1.0" encoding="UTF-8"?>
<service>
  <id>${names[role]}</id>
  <name>${title}</name>
  <description>${description}</description>
  <executable>${xmlText(node)}</executable>
  <arguments>${xmlText(line)}</arguments>
  <env name="${role === 'agent' ? 'TATUSCAN_STATE_DIR' : 'TATUSCAN_DB_DIR'}" value="${xmlText(data)}"/>
  <startmode>Automatic</startmode>
  <onfailure action="restart" delay="10 sec"/>
  <resetfailure>1 hour</resetfailure>
  <stoptimeout>30 sec</stoptimeout>
  <logpath>${xmlText(logs)}</logpath>
  <log mode="roll-by-size">
    <sizeThreshold>10240</sizeThreshold>
    <keepFiles>3</keepFiles>
  </log>
</service>
`
}
