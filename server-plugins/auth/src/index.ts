import { errorResponses, toHttpError, TatuScanError, type Access, type CredentialStore, type Requester } from '@tatuscan/core'
import type {} from '@tatuscan/server-storage'
import type { FastifyInstance, FastifyReply, FastifyRequest, HookHandlerDoneFunction, RouteOptions } from 'fastify'
import fp from 'fastify-plugin'
import { accountRoutes } from './account-routes.ts'
import { authenticate } from './authenticate.ts'
import { checkDeclared, forbidden, mayUse, unauthorized } from './authorize.ts'
import { createCookies } from './cookies.ts'
import { checkCsrfToken, isForm } from './csrf.ts'
import { enrolRoutes } from './enrol-routes.ts'
import { rememberAgents } from './known-agents.ts'
import { checkNotEnrolled, letOriginalsIn } from './originals.ts'
import { hasAdmin, loginPages } from './login-pages.ts'
import { makeSecret, prefixes } from './secrets.ts'

export { createAccounts, type Accounts, type NewToken, type NewUser } from './accounts.ts'
export { rememberedNetworks } from './address.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** The path at which the first admin is made, with the code that it takes; undefined where there is one. */
    setupPath (): Promise<string | undefined>
  }

  interface FastifyRequest {
    /** The store's epoch, as of which it was found who asks; undefined where it tells none. */
    admittedAt?: number | undefined
  }
}

/** Who may do what, and by which secrets. */
export interface AuthOptions {
  /** What agents enrol with, beside tokens of the role enrol. Without it none but those do. */
  readonly enrolSecret?: string | undefined
  /**
   * Networks whose clients may send reports without saying who they are, as the original's do: `10.0.0.0/8`. Their
   * machines are marked as unverified, and one that has a key is not theirs to change. @default none
   */
  readonly allowOriginal?: readonly string[]
  /** Signs the forms of who is not logged in; the same on each server behind one name. @default a random one */
  readonly secretKey?: string | undefined
  /** The address that people have: where it is https, cookies are for TLS alone, also behind a proxy that nobody named. */
  readonly publicUrl?: string | undefined
  /** How long a person stays logged in, in milliseconds. @default 7 days */
  readonly sessionMs?: number
  /** The name at the top of the pages. @default 'TatuScan' */
  readonly title?: string
  /** The path of a stylesheet whose tokens the pages take on: the views', for one. */
  readonly stylesheet?: string
  /** The path of an icon, as SVG, for the tab of the browser. */
  readonly icon?: string
  /** Where its routes are mounted: `/fleet` gives `/fleet/login`. */
  readonly prefix?: string
  /**
   * Tells who asks, in the place of keys, tokens and sessions: for a host with people of its own. It then has no pages
   * and no `app.credentials`. Undefined: nobody says.
   */
  readonly authenticate?: (request: FastifyRequest) => Promise<Requester | undefined>
}

/** What would stay open to everybody if it were registered first, and nobody would notice. */
const withRoutes = ['ingest', 'api', 'views', 'metrics'].map((name) => `@tatuscan/server-${name}`)

async function plugin (app: FastifyInstance, options: AuthOptions): Promise<void> {
  const { enrolSecret, allowOriginal = [], secretKey = makeSecret(), prefix = '', authenticate: own } = options
  if (enrolSecret !== undefined && !/^[\x21-\x7e](?:[\x20-\x7e]{14,}[\x21-\x7e])$/.test(enrolSecret)) {
    throw new TatuScanError('TATUSCAN_INVALID_OPTION', 'the enrolment secret needs at least 16 printable ASCII characters')
  }
  if (own === undefined && !app.hasDecorator('credentials')) {
    throw new TatuScanError('TATUSCAN_INVALID_OPTION', 'auth needs app.credentials: register @tatuscan/server-storage before it, or give it authenticate')
  }
  const before = withRoutes.filter((name) => app.hasPlugin(name))
  if (before.length > 0) throw new TatuScanError('TATUSCAN_INVALID_OPTION', `auth looks after what is registered after it alone, and ${before.join(', ')} would stay open: register it before`)
  const credentials: CredentialStore = app.credentials
  const base = (app.prefix + prefix).replace(/\/+$/, '')
  const original = letOriginalsIn(allowOriginal)
  const cookies = createCookies({ base, publicUrl: options.publicUrl })
  const agents = own === undefined ? rememberAgents() : undefined
  const identify = own ?? (async (request: FastifyRequest) => await authenticate(request, credentials, cookies, enrolSecret, agents!) ?? original(request))

  const routes: RouteOptions[] = []
  app.addHook('onRoute', (route) => {
    routes.push(route)
    describe(route)
  })
  app.addHook('onReady', async () => checkDeclared(routes))

  app.decorateRequest('requester', undefined)
  app.decorateRequest('admittedAt', undefined)

  /** @returns false where it has answered */
  async function admit (request: FastifyRequest, reply: FastifyReply, access: Access): Promise<boolean> {
    try {
      const requester = await identify(request)
      if (requester === undefined) {
        if (own === undefined && isPage(request)) {
          reply.redirect(`${base}/login?next=${encodeURIComponent(request.url)}`, 303)
          return false
        }
        throw unauthorized(access)
      }
      if (requester.kind !== 'original' && !mayUse(requester, access)) throw forbidden(access)
      request.requester = requester
      if (!isForm(request)) checkCsrfToken(request)
      return true
    } catch (error) {
      const { statusCode } = toHttpError(error)
      if (statusCode === 401) reply.header('www-authenticate', 'Bearer realm="TatuScan"')
      throw Object.assign(error as Error, { statusCode }) // for a host's own error handler
    }
  }

  // Most requests are reports, and of those that have nothing to wait for none is a promise
  function letIn (request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction): void {
    const { access = 'admin' } = request.routeOptions.config // what says nothing doesn't get here
    if (access === 'public') return done()
    const epoch = own === undefined ? credentials.epoch?.() : undefined
    request.admittedAt = epoch
    const agent = access === 'agent' ? agents?.find(request.headers.authorization, epoch) : undefined
    if (agent === undefined) {
      admit(request, reply, access).then((admitted) => { if (admitted) done() }, done)
      return
    }
    request.requester = agent
    done()
  }

  app.addHook('onRequest', (request, reply, done) => {
    if (request.is404) done()
    else letIn(request, reply, done)
  })

  app.addHook('preValidation', (request, _reply, done) => { // once the form is there
    if (!isForm(request)) return done()
    try {
      checkCsrfToken(request, (request.body as { _csrf?: unknown } | null | undefined)?._csrf)
      done()
    } catch (error) {
      done(error as Error)
    }
  })

  // A body takes its time, and who sends it may have lost their rights meanwhile
  if (own === undefined) {
    app.addHook('preHandler', (request, reply, done) => {
      const { body, requester, admittedAt } = request
      const isAsBefore = body === undefined || requester === undefined || requester.kind === 'original' || (admittedAt !== undefined && admittedAt === credentials.epoch?.())
      if (isAsBefore) done()
      else letIn(request, reply, done)
    })
  }

  if (own !== undefined || allowOriginal.length > 0) {
    app.addHook('preHandler', (request, _reply, done) => {
      if (request.requester?.kind !== 'original') return done()
      checkNotEnrolled(credentials, (request.body as { machine_id: string }).machine_id.toLowerCase(), request).then(() => done(), done)
    })
  }

  if (own !== undefined) return
  const setupCode = makeSecret(prefixes.setup)
  app.decorate('setupPath', async () => !hasAdmin(await credentials.users()) ? `${base}/setup?code=${setupCode}` : undefined)
  await app.register(async (inner) => {
    enrolRoutes(inner, credentials)
    await inner.register(async (scope) => accountRoutes(scope, credentials))
    await inner.register(async (pages) => await loginPages(pages, { ...options, credentials, cookies, secretKey, setupCode, base }))
  }, { prefix })
}

/** What auth adds to the answers of TatuScan's API is described beside them. */
function describe (route: RouteOptions): void {
  const { schema, config, url } = route
  const answers = schema?.response as object | undefined
  if (answers === undefined || config?.access === 'public' || !/\/(api\/|metrics$)/.test(url)) return
  route.schema = { ...schema, response: { ...errorResponses(401, 403), ...answers } }
}

/** A browser is sent to the login, also where a form was sent after the end of its session; a script is told. */
function isPage ({ method, headers, routeOptions: { url = '', config: { page = false } } }: FastifyRequest): boolean {
  return page || ((method === 'GET' || method === 'HEAD') && String(headers.accept).includes('text/html') && !url.includes('/api/'))
}

/**
 * Fastify plugin: who may do what. Registered before the plugins with routes, it lets only those through whom each route
 * declares, and stops the start where one declares nobody. It brings `/login`, `/logout`, `/setup`, `POST /api/enrol`, and
 * people, tokens and keys over the API.
 */
export const auth = fp(plugin, { name: '@tatuscan/server-auth', fastify: '5.x' })

export default auth
