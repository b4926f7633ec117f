import { Flags } from '@oclif/core'
import { apiFlags, MachinesCommand, type ClientFlags } from '../machines/machines-command.ts'
import type { Directory } from './directory.ts'

/** Flags of every command that is about who may do what. */
export const accessFlags = {
  ...apiFlags,
  local: Flags.boolean({ summary: "On this machine's database itself, not over the API: also after the first login" })
}

export const accessDescription = 'Over the API with an admin’s token in TATUSCAN_TOKEN. Until somebody has logged in, and without a token, on the database that serve uses here.'

interface AccessFlags extends ClientFlags { readonly local?: boolean }

/** A command about who may do what. */
export abstract class AccessCommand extends MachinesCommand {
  /** Opens what keeps it, and closes it in the end. */
  protected async within<Result> (flags: AccessFlags, body: (directory: Directory) => Promise<Result>): Promise<Result> {
    const directory = await this.directory(flags)
    try {
      return await body(directory)
    } finally {
      await directory.close()
    }
  }

  private async directory (flags: AccessFlags): Promise<Directory> {
    const { isHere, onDatabase, overApi } = await import('./directory.ts')
    const { secret } = await import('../settings.ts')
    const client = await this.client(flags)
    if (!flags.local && (secret('TATUSCAN_TOKEN') !== undefined || !isHere(client.url))) return overApi(client)
    client.close()
    const [{ readServerSettings }, { configFolders, loadConfig }, { missingPackages }] = await Promise.all([
      import('../server-settings.ts'), import('../config-file.ts'), import('../missing-packages.ts')
    ])
    const { databaseUrl } = readServerSettings({}, (await loadConfig(flags.config, configFolders(flags.config))).server ?? {})
    return await onDatabase(databaseUrl, { force: flags.local ?? false }).catch(missingPackages)
  }
}
