import type { Server as TlsServer } from 'node:tls'
import { TatuScanError } from '@tatuscan/core'
import { addressHere } from './address-here.ts'
import { openLocalDoor, type LocalDoor } from './local-door.ts'
import { createLog } from './log.ts'
import { runLoggedAgent } from './logged-agent.ts'
import { missingPackages } from './missing-packages.ts'
import { tellAccess } from './server-access.ts'
import { readServerSecrets, type ServerSecrets } from './server-secrets.ts'
import { checkReach, readServerSettings, type ServerFlags } from './server-settings.ts'
import { renewTls } from './server-tls.ts'
import type { Settings } from './settings.ts'
import { spooledHttp } from './sinks.ts'
import { logSpool } from './spool-log.ts'

export interface RunFlags extends ServerFlags {
  readonly agent?: boolean
  /** Only open the database, which migrates it. */
  readonly 'migrate-only'?: boolean
}

/**
 * Runs the server, and the local agent where it is asked for, until SIGTERM.
 *
 * @throws {TatuScanError} TATUSCAN_INVALID_OPTION where it can't start so
 */
export async function runServer (settings: Settings, flags: RunFlags, signal: AbortSignal): Promise<void> {
  const server = readServerSettings(flags, settings.server)
  if (!flags['migrate-only']) checkReach(server) // it listens nowhere
  const { prefix = '' } = server
  const { createServer, databaseName } = await import('./server.ts').catch(missingPackages)
  const log = createLog(settings.logLevel ?? 'info')
  let secrets: ServerSecrets | undefined
  const access = () => {
    secrets = readServerSecrets(server.folder)
    return { secretKey: secrets.secretKey, enrolSecret: secrets.enrolSecret, allowOriginal: server.allowOriginal }
  }
  const app = await createServer(server, log, server.auth ? access : undefined)
  if (flags['migrate-only']) {
    await app.close()
    log.info(`the database ${databaseName(server.databaseUrl)} is up to date`)
    return
  }
  const endRenewal = server.tls ? renewTls(app.server as unknown as TlsServer, server.tls, log) : endOnHangup()
  let door: LocalDoor | undefined
  signal.addEventListener('abort', () => { app.close().catch(() => {}) }, { once: true }) // the local agent may take its time
  try {
    const listenTextResolver = (address: string) => `TatuScan is at ${address}${prefix} (database ${databaseName(server.databaseUrl)})`
    await app.listen({ host: server.host, port: server.port, listenTextResolver }).catch((error: unknown) => { throw explain(error, server) })
    const { port } = app.server.address() as { port: number }
    const url = addressHere({ ...server, port })
    await tellAccess(app, log, { url, server, secrets })
    if (flags.agent) {
      const enrolment = secrets && { secret: secrets.enrolSecret, server: databaseName(server.databaseUrl), rotate: true, onWarning: (message: string) => log.warn(message) }
      if (server.tls) door = await openLocalDoor(app, prefix)
      // A spool of its own: that of a daemon is for another server
      const { sink, nextReportId } = await spooledHttp({ url: (door?.url ?? url) + prefix, environment: {}, folder: 'spool-local', enrolment, onEvent: logSpool(log) })
      await runLoggedAgent({ settings, sinks: [sink, ...settings.sinks], nextReportId, log, signal })
    } else {
      if (!signal.aborted) await new Promise<void>((resolve) => { signal.addEventListener('abort', () => resolve(), { once: true }) })
    }
  } finally {
    endRenewal()
    await app.close()
    door?.close()
  }
}

/** A terminal that closes ends the server as SIGTERM does. @returns ends that */
function endOnHangup (): () => void {
  const end = (): void => { process.kill(process.pid, 'SIGTERM') }
  process.once('SIGHUP', end)
  return () => process.off('SIGHUP', end)
}

function explain (error: unknown, { host, port }: { host: string, port: number }): unknown {
  const { code } = error as NodeJS.ErrnoException
  const why = {
    EADDRINUSE: `port ${port} on ${host} is in use: stop what uses it, or choose another with --port`,
    EACCES: `port ${port} may not be opened by this user: choose one above 1023 with --port`,
    EADDRNOTAVAIL: `${host} is no address of this machine: choose another with --host`,
    ENOTFOUND: `${host} is no address: choose another with --host`
  }[code ?? '']
  return why === undefined ? error : new TatuScanError('TATUSCAN_INVALID_OPTION', why, { cause: error })
}
