import { answerError } from '@tatuscan/core'
import { api, openapiOptions } from '@tatuscan/server-api'
import { auth, rememberedNetworks, type AuthOptions } from '@tatuscan/server-auth'
import { ingest } from '@tatuscan/server-ingest'
import { limits, serverLimits } from '@tatuscan/server-limits'
import { metrics } from '@tatuscan/server-metrics'
import { readDatabaseUrl, storage } from '@tatuscan/server-storage'
import { views } from '@tatuscan/server-views'
import swagger from '@fastify/swagger'
import Fastify, { LogController, type FastifyBaseLogger, type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest, type FastifyServerOptions } from 'fastify'
import type { Logger } from 'pino'
import { answerClientError } from './client-error.ts'
import { gracefulStop } from './graceful-stop.ts'
import { createRequestIds, loggedUrl, tellRequestIds } from './request-id.ts'
import { makeChildrenLater } from './request-log.ts'
import type { ServerSettings } from './server-settings.ts'
import { readTlsFiles } from './server-tls.ts'
import { tellUnnamedProxy } from './unnamed-proxy.ts'

/** Connections at once; more are closed as they come. */
const maxConnections = 4200

/** What of the settings the server is made of. */
export type ComposedSettings = Pick<ServerSettings, 'databaseUrl' | 'timeZone' | 'prefix' | 'plugins'> & Partial<Pick<ServerSettings, 'host' | 'trustProxy' | 'publicUrl' | 'tls' | 'limits'>>

/**
 * Composes the whole server: storage, limits, who may do what, metrics, ingestion, API and views, then the configuration file's own plugins.
 *
 * @param access what auth works with, asked for once the database was found to be usable; undefined: nobody is asked who they are
 */
export async function createServer (
  { databaseUrl, timeZone, prefix = '', host = '127.0.0.1', trustProxy = [], publicUrl, tls, limits: limitsOptions, plugins }: ComposedSettings, log: Logger, access?: () => AuthOptions
): Promise<FastifyInstance> {
  const isProxy = rememberedNetworks(trustProxy)
  const { http: node, ...timeouts } = serverLimits()
  const app = Fastify({
    loggerInstance: log.child({}, { serializers: { req: loggedRequest } }) as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: !log.isLevelEnabled('debug'), requestIdLogLabel: 'request_id' }),
    genReqId: createRequestIds(),
    ...timeouts,
    ...tls === undefined ? { http: node } : { https: { ...node, ...readTlsFiles(tls) } },
    pluginTimeout: 300_000, // a large database may take its time to be brought up to date
    return503OnClosing: false,
    trustProxy: trustProxy.length > 0 && isProxy,
    clientErrorHandler: answerClientError,
    frameworkErrors: answerError as (error: FastifyError, request: FastifyRequest, reply: FastifyReply) => void
  } as FastifyServerOptions) as FastifyInstance
  makeChildrenLater(app.log)
  app.server.maxConnections = maxConnections
  app.server.maxHeadersCount = 100
  tellRequestIds(app)
  if (trustProxy.length === 0) tellUnnamedProxy(app)
  gracefulStop(app)
  await app.register(swagger, openapiOptions) // before any route, so that one document describes them all
  await app.register(storage, { url: databaseUrl })
  await app.register(limits, { ...limitsOptions, names: { host, publicUrl } })
  if (access !== undefined) await app.register(auth, { prefix, publicUrl, stylesheet: `${prefix}/assets/style.css`, icon: `${prefix}/assets/icon.svg`, ...access() })
  await app.register(metrics, { prefix })
  await app.register(ingest, { timeZone, prefix })
  await app.register(api, { timeZone, prefix })
  await app.register(views, { timeZone, prefix })
  for (const plugin of plugins) {
    if (Array.isArray(plugin)) await app.register(plugin[0], plugin[1])
    else await app.register(plugin as Exclude<typeof plugin, readonly unknown[]>)
  }
  return app
}

function loggedRequest ({ method, url, host, ip }: FastifyRequest): object {
  return { method, url: loggedUrl(url), host, remoteAddress: ip }
}

/** A database for people to read: its URL without password and parameters. */
export function databaseName (url: string): string {
  const { kind, name } = readDatabaseUrl(url)
  return kind === 'sqlite' ? `sqlite:${name}` : name
}
