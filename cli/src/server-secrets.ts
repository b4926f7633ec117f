import { randomBytes } from 'node:crypto'
import { chmodSync, closeSync, fsyncSync, linkSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { messageOf, TatuScanError } from '@tatuscan/core'
import { secret } from './settings.ts'

export interface ServerSecrets {
  /** Signs the forms of who is not logged in. */
  readonly secretKey: string
  /** What agents enrol with, and where it stands; undefined: in the environment. */
  readonly enrolSecret: string
  readonly enrolSecretFile: string | undefined
}

/**
 * The server's own secrets: as the environment names them, else as the folder keeps them, for its owner's eyes alone;
 * made where there are none yet.
 *
 * @throws {TatuScanError} TATUSCAN_INVALID_OPTION where they can be neither read nor kept
 */
export function readServerSecrets (folder: string): ServerSecrets {
  const enrolSecretFile = join(folder, 'enrol-secret')
  const given = secret('TATUSCAN_ENROL_SECRET')
  return {
    secretKey: secret('SECRET_KEY') ?? kept(join(folder, 'secret-key'), 'SECRET_KEY', ''),
    enrolSecret: given ?? kept(enrolSecretFile, 'TATUSCAN_ENROL_SECRET', 'tse_'),
    enrolSecretFile: given === undefined ? enrolSecretFile : undefined
  }
}

function kept (file: string, name: string, prefix: string): string {
  try {
    const found = read(file) ?? make(file, prefix)
    if (found === '') throw new Error('it is empty: remove it, so that another is made')
    return found
  } catch (error) {
    throw new TatuScanError('TATUSCAN_INVALID_OPTION', `the secret ${file} can't be used (${messageOf(error)}); give one by ${name} or ${name}_FILE, or another folder by TATUSCAN_DB_DIR`, { cause: error })
  }
}

function read (file: string): string | undefined {
  try {
    const text = readFileSync(file, 'utf8').trim()
    if (process.platform !== 'win32') chmodSync(file, 0o600) // a copy that was brought back may be open to all
    return text
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** What a file system says that knows no second name of a file. */
const unlinkable = new Set<string | undefined>(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'])

/** Of servers that start together one makes it, whole, and the others read it. */
function make (file: string, prefix: string): string {
  const made = prefix + randomBytes(32).toString('base64url')
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const temporary = `${file}.${process.pid}.new`
  try {
    const descriptor = openSync(temporary, 'w', 0o600)
    try {
      writeSync(descriptor, `${made}\n`)
      fsyncSync(descriptor)
    } finally {
      closeSync(descriptor)
    }
    try {
      linkSync(temporary, file)
    } catch (error) {
      if (!unlinkable.has((error as NodeJS.ErrnoException).code)) throw error
      renameSync(temporary, file)
    }
    return made
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    return read(file)!
  } finally {
    rmSync(temporary, { force: true })
  }
}
