import { messageOf, TatuScanError } from '@tatuscan/core'

/** Says what to install where the server's packages, which are optional, are not there. For `import(…).catch()`. */
export function missingPackages (error: unknown): never {
  if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error
  throw new TatuScanError('TATUSCAN_INVALID_OPTION', `the server's packages are not installed (${messageOf(error)}): npm install --global --include=optional tatuscan`, { cause: error })
}
