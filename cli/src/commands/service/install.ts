import { Flags } from '@oclif/core'
import { commonFlags } from '../../agent-command.ts'
import { platforms } from '../../service/host.ts'
import { roleArgs, ServiceCommand } from '../../service/service-command.ts'
import type { Role } from '../../service/service.ts'

export default class ServiceInstall extends ServiceCommand {
  static override summary = 'Install the agent or the server as a service, and start it now and with the machine'

  static override description = 'Settings go to a file that only root may read, and stay there over a reinstallation; secrets go into files of their own. ' +
    'Run again, it changes what differs.'

  static override examples = [
    'sudo <%= config.bin %> service install --url http://server:8040',
    'sudo <%= config.bin %> service install agent --url https://server --token-file /etc/tatuscan/token --interval 5m',
    'sudo <%= config.bin %> service install server --host 0.0.0.0',
    '<%= config.bin %> service install --print'
  ]

  static override args = roleArgs

  static override flags = {
    ...commonFlags,
    url: Flags.string({ summary: 'agent: the server that reports go to', env: 'TATUSCAN_URL', helpValue: 'URL' }),
    interval: Flags.string({ summary: 'agent: time between two reports [default: 60s]', env: 'TATUSCAN_INTERVAL', helpValue: 'DURATION' }),
    'token-file': Flags.string({ summary: 'agent: the file that holds its token', env: 'TATUSCAN_TOKEN_FILE', helpValue: 'FILE' }),
    host: Flags.string({ summary: 'server: address to listen on [default: 127.0.0.1]', env: 'TATUSCAN_HOST', helpValue: 'ADDRESS' }),
    port: Flags.string({ summary: 'server: port to listen on [default: 8040]', env: 'TATUSCAN_PORT', helpValue: 'PORT' }),
    env: Flags.string({ summary: 'Any other setting, such as TATUSCAN_TIMEOUT=10s', helpValue: 'NAME=VALUE', multiple: true, multipleNonGreedy: true, default: [] }),
    start: Flags.boolean({ summary: 'Start it now too', default: true, allowNo: true }),
    print: Flags.boolean({ summary: 'Show the files that would be written, and change nothing', aliases: ['dry-run'] }),
    platform: Flags.option({ summary: 'With --print: the platform to show them for', options: platforms, dependsOn: ['print'] })()
  }

  async run (): Promise<void> {
    const { args, flags, raw } = await this.parse(ServiceInstall)
    const { print, platform, start, ...given } = flags
    const role = args.role as Role
    const { installSettings } = await import('../../service/install-settings.ts')
    const explicit = new Set(raw.flatMap((token) => token.type === 'flag' && this.argv.some((word) => word.split('=')[0] === `--${token.flag}`) ? [token.flag] : []))
    const environment = installSettings(role, given as never, explicit)
    const { host, service } = await this.hosted(role, platform)
    if (!print) {
      const { installService } = await import('../../service/run-service.ts')
      return await this.tell(await installService(host, service, { environment, start }))
    }
    const { editEnvironmentFile } = await import('../../service/environment-file.ts')
    const settings = editEnvironmentFile('', environment)
    const files = [...host.files(service), ...settings === '' ? [] : [{ path: host.places(role).environment, text: settings }]]
    const [first] = files
    await this.tell(files.length === 1 ? [first!.text.trimEnd()] : files.map(({ path, text }) => `${mark(path)} ${path}\n${text.trimEnd()}\n`))
  }
}

/** What stands before a file's name where several are shown. */
function mark (path: string): string {
  return /\.(plist|xml)$/.test(path) ? '==>' : '# ==>'
}
