import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync, unwatchFile, watchFile } from 'node:fs'
import { createSecureContext, type SecureContextOptions, type Server } from 'node:tls'
import { messageOf, TatuScanError } from '@tatuscan/core'
import type { Logger } from 'pino'

/** The PEM files that the server speaks TLS with. */
export interface TlsFiles {
  /** Its certificate, and those between it and its authority. */
  readonly certFile: string
  readonly keyFile: string
  /** The authorities of clients' certificates; where there is one, who has none gets no connection. */
  readonly clientCaFile?: string | undefined
}

/**
 * What Node's TLS is to be made with.
 *
 * @throws {TatuScanError} TATUSCAN_INVALID_OPTION where a file can't be read or used
 */
export function readTlsFiles ({ certFile, keyFile, clientCaFile }: TlsFiles): SecureContextOptions & { requestCert: boolean, rejectUnauthorized: boolean } {
  const context = { cert: read(certFile, 'cert', parseCertificates), key: read(keyFile, 'key', createPrivateKey), ...clientCaFile !== undefined && { ca: read(clientCaFile, 'client-ca', parseCertificates) }, minVersion: 'TLSv1.2' } as const
  try {
    createSecureContext(context)
  } catch (error) {
    throw new TatuScanError('TATUSCAN_INVALID_OPTION', `--tls-cert-file ${certFile} and --tls-key-file ${keyFile} can't be used: ${messageOf(error)}`, { cause: error })
  }
  return { ...context, requestCert: clientCaFile !== undefined, rejectUnauthorized: clientCaFile !== undefined }
}

/** The text of a file that can be parsed: Node itself takes an empty one as if none were given. */
function read (file: string, name: string, parse: (text: string) => unknown): string {
  try {
    const text = readFileSync(file, 'utf8')
    parse(text)
    return text
  } catch (error) {
    throw new TatuScanError('TATUSCAN_INVALID_OPTION', `--tls-${name}-file ${file} can't be used: ${messageOf(error)}`, { cause: error })
  }
}

/** @throws where a PEM text holds no certificate, or one that is broken or cut short */
function parseCertificates (text: string): X509Certificate[] {
  const found = text.match(/-----BEGIN CERTIFICATE-----[^-]*(-----END CERTIFICATE-----)?/g)
  if (found === null) throw new Error('it holds no certificate in PEM form')
  return found.map((certificate) => new X509Certificate(certificate))
}

/**
 * Takes new certificates on SIGHUP, and when a file changes, so that a renewal needs no restart. Where they can't be used the
 * old ones stay.
 *
 * @returns ends it
 */
export function renewTls (server: Server, files: TlsFiles, log: Pick<Logger, 'info' | 'warn'>): () => void {
  const renew = (): void => {
    try {
      server.setSecureContext(readTlsFiles(files))
      log.info('the certificate was read anew')
    } catch (error) {
      log.warn(`the certificate stays as it was: ${messageOf(error)}`)
    }
  }
  const watched = [files.certFile, files.keyFile, files.clientCaFile].filter((file) => file !== undefined)
  for (const file of watched) watchFile(file, { interval: 5000, persistent: false }, renew)
  process.on('SIGHUP', renew)
  return () => {
    for (const file of watched) unwatchFile(file, renew)
    process.off('SIGHUP', renew)
  }
}
