import { readFile } from 'node:fs/promises'
import { networkOf, toHttpError, type CredentialStore, type User } from '@tatuscan/core'
import { parseCookie } from 'cookie'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { createAccounts, readName } from './accounts.ts'
import { countAttempts } from './attempts.ts'
import { sessionCookie } from './authenticate.ts'
import type { Cookies } from './cookies.ts'
import { formPage, type FormPage } from './form-page.ts'
import { catalogues, languageOf } from './locales.ts'
import { isPassword } from './passwords.ts'
import { returnPath } from './return-path.ts'
import { hashSecret, makeSecret, sameText, sign } from './secrets.ts'

export interface LoginPagesOptions {
  readonly credentials: CredentialStore
  readonly cookies: Cookies
  readonly secretKey: string
  readonly setupCode: string
  /** The path under which the pages are. */
  readonly base: string
  readonly sessionMs?: number
  readonly title?: string
  readonly stylesheet?: string
  readonly icon?: string
}

const formCookie = 'tatuscan_form'
const browserCookie = 'tatuscan_browser'
const headers = {
  'content-security-policy': "default-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'strict-origin', // never the code in the address; with no-referrer browsers send their forms as of no origin
  'cache-control': 'no-store'
}
const week = 7 * 24 * 60 * 60 * 1000
const halfAYear = 180 * 24 * 60 * 60
const tenMinutes = 10 * 60 * 1000

interface Fields { readonly name?: string, readonly password?: string, readonly next?: string, readonly code?: string, readonly _form?: string }

/** `/login`, `/logout` and `/setup`, which work without script. */
export async function loginPages (app: FastifyInstance, options: LoginPagesOptions): Promise<void> {
  const { credentials, cookies, secretKey, setupCode, base, sessionMs = week, title = 'TatuScan', stylesheet, icon } = options
  const accounts = createAccounts(credentials)
  const byNetwork = countAttempts({ most: 20, windowMs: tenMinutes })
  const byName = countAttempts({ most: 50, windowMs: tenMinutes })
  const stylesheets = [...stylesheet === undefined ? [] : [stylesheet], `${base}/login.css`]
  const css = await readFile(new URL('./assets/access.css', import.meta.url), 'utf8')

  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string', bodyLimit: 16_384 }, async (_request: FastifyRequest, body: string) => Object.fromEntries(new URLSearchParams(body)))
  app.addHook('onRequest', async (_request, reply) => { reply.headers(headers) })
  app.setErrorHandler(async (error, request, reply) => {
    const { statusCode, retryAfter, body } = toHttpError(error)
    if (statusCode >= 500) request.log.error(error)
    if (retryAfter !== undefined) reply.header('retry-after', retryAfter)
    const { t } = visit(request)
    return await show(request, reply.code(statusCode), { heading: t.login, message: statusCode === 429 ? t.limited : statusCode >= 500 ? t.unavailable : body.error, wrong: true })
  })

  const visit = (request: FastifyRequest) => {
    const { tatuscan_lang: chosen, tatuscan_theme: theme } = parseCookie(request.headers.cookie ?? '')
    const language = languageOf(chosen, request.headers['accept-language'])
    return { language, theme, t: catalogues[language] }
  }

  const show = async (request: FastifyRequest, reply: FastifyReply, page: Pick<FormPage, 'heading' | 'message' | 'wrong' | 'form'>) => {
    const { language, theme } = visit(request)
    return await reply.type('text/html; charset=utf-8').send(formPage({ language, theme, title, icon, stylesheets, home: `${base}/`, ...page }))
  }

  /** A form for who is not logged in yet: its token goes with a cookie, which another site can't set. */
  const signed = (request: FastifyRequest, reply: FastifyReply): string => {
    const known = cookies.read(request, formCookie)
    const value = known !== undefined && known.length <= 64 ? known : makeSecret()
    if (value !== known) reply.header('set-cookie', cookies.write(request, formCookie, value))
    return sign(secretKey, value)
  }
  const isSigned = (request: FastifyRequest, { _form: given }: Fields): boolean => {
    const known = cookies.read(request, formCookie)
    return known !== undefined && given !== undefined && sameText(given, sign(secretKey, known))
  }

  /**
   * A browser in which somebody logged in before, by the name that they used: it counts for itself, so that whoever guesses
   * at somebody's password from many places keeps them out of no browser of theirs.
   */
  const browserOf = (request: FastifyRequest, who: string): string | undefined => {
    const [browser = '', signature = ''] = cookies.read(request, browserCookie)?.split('.') ?? []
    return sameText(signature, sign(secretKey, `${browser} ${who}`)) ? browser : undefined
  }
  const rememberBrowser = (request: FastifyRequest, reply: FastifyReply, who: string): void => {
    const browser = browserOf(request, who) ?? makeSecret()
    reply.header('set-cookie', cookies.write(request, browserCookie, `${browser}.${sign(secretKey, `${browser} ${who}`)}`, halfAYear))
  }

  const showLogin = async (request: FastifyRequest, reply: FastifyReply, { name = '', next = `${base}/`, message }: { name?: string, next?: string, message?: string | undefined }) => {
    const { t } = visit(request)
    return await show(request, reply, {
      heading: t.login,
      message,
      wrong: message !== undefined,
      form: {
        action: `${base}/login`,
        submit: t.login,
        hidden: { next, _form: signed(request, reply) },
        fields: [
          { name: 'name', label: t.name, type: 'text', value: name, autocomplete: 'username' },
          { name: 'password', label: t.password, type: 'password', autocomplete: 'current-password' }
        ]
      }
    })
  }

  /** @param password the hash that what they gave was compared with: another is theirs once it was changed meanwhile */
  const begin = async (request: FastifyRequest, reply: FastifyReply, { user, password, next }: { user: string, password: string, next: string }) => {
    const [before, session] = [cookies.read(request, sessionCookie), makeSecret()]
    if (before !== undefined) await credentials.closeSession(hashSecret(before))
    if (!await credentials.openSession({ hash: hashSecret(session), user, password, expires_at: new Date(Date.now() + sessionMs) })) return await reply.redirect(`${base}/login`, 303)
    return await reply.header('set-cookie', cookies.write(request, sessionCookie, session, Math.floor(sessionMs / 1000))).redirect(next, 303)
  }

  const config = { access: 'public' } as const
  const schema = { hide: true } as const
  /** A request in the log, without the code in its address. */
  const logSerializers = { req: ({ method, url, ip }: FastifyRequest) => ({ method, url: url.split('?', 1)[0], remoteAddress: ip }) }

  app.get('/login.css', { config, schema }, async (_request, reply) => await reply.header('cache-control', 'public, max-age=3600').type('text/css; charset=utf-8').send(css))

  app.get('/login', { config, schema }, async (request, reply) => {
    const { t } = visit(request)
    if ((await credentials.users()).length === 0) return await show(request, reply, { heading: t.login, message: t.nobody })
    return await showLogin(request, reply, { next: returnPath((request.query as Fields).next, base) })
  })

  app.post('/login', { config, schema }, async (request, reply) => {
    const { t } = visit(request)
    const { name = '', password = '', next: asked } = (request.body ?? {}) as Fields
    const next = returnPath(asked, base)
    if (!isSigned(request, (request.body ?? {}) as Fields)) return await showLogin(request, reply.code(403), { name, next, message: t.expired })
    const network = networkOf(request.ip)
    const who = name.trim().normalize('NFC').slice(0, 64).toLowerCase()
    const whose = `${browserOf(request, who) ?? ''} ${who}`
    const wait = byNetwork.begin(network) || byName.begin(whose)
    if (wait > 0) {
      request.log.warn({ address: request.ip }, 'too many logins failed')
      return await showLogin(request, reply.code(429).header('retry-after', wait), { name, next, message: t.limited })
    }
    const known = nameOf(name)
    const hash = known === undefined ? undefined : await credentials.passwordOf(known)
    if (!await isPassword(password, hash)) {
      request.log.info({ address: request.ip }, 'a login failed')
      return await showLogin(request, reply.code(401), { name, next, message: t.wrong })
    }
    byNetwork.undo(network)
    byName.undo(whose)
    rememberBrowser(request, reply, who)
    return await begin(request, reply, { user: known!, password: hash!, next })
  })

  app.get('/logout', { config: { access: 'viewer', page: true }, schema }, async (request, reply) => {
    const { t } = visit(request)
    const { requester } = request
    if (requester?.kind !== 'person') return await reply.redirect(`${base}/`, 303)
    return await show(request, reply, {
      heading: t.logout,
      message: t.loggedInAs(requester.name),
      form: { action: `${base}/logout`, submit: t.logout, hidden: { _csrf: requester.csrfToken! }, fields: [] }
    })
  })

  app.post('/logout', { config: { access: 'viewer', page: true }, schema }, async (request, reply) => {
    const session = cookies.read(request, sessionCookie)
    if (session !== undefined) await credentials.closeSession(hashSecret(session))
    return await reply.header('set-cookie', cookies.write(request, sessionCookie, '', 0)).redirect(`${base}/login`, 303)
  })

  const showSetup = async (request: FastifyRequest, reply: FastifyReply, code: string, { name = '', message }: { name?: string, message?: string } = {}) => {
    const { t } = visit(request)
    return await show(request, reply, {
      heading: t.setup,
      message: message ?? t.setupHint,
      wrong: message !== undefined,
      form: {
        action: `${base}/setup`,
        submit: t.create,
        hidden: { code, _form: signed(request, reply) },
        fields: [
          { name: 'name', label: t.name, type: 'text', value: name, autocomplete: 'username' },
          { name: 'password', label: t.password, type: 'password', autocomplete: 'new-password' }
        ]
      }
    })
  }
  const isOpen = async (code: unknown): Promise<boolean> => typeof code === 'string' && sameText(code, setupCode) && !hasAdmin(await credentials.users())
  const showClosed = async (request: FastifyRequest, reply: FastifyReply) => {
    const { t } = visit(request)
    return await show(request, reply.code(403), { heading: t.setup, message: t.setupClosed, wrong: true })
  }

  app.get('/setup', { config, schema, logSerializers }, async (request, reply) => {
    const { code } = request.query as Fields
    return await isOpen(code) ? await showSetup(request, reply, code!) : await showClosed(request, reply)
  })

  app.post('/setup', { config, schema }, async (request, reply) => {
    const { t } = visit(request)
    const fields = (request.body ?? {}) as Fields
    const { name = '', password = '', code = '' } = fields
    if (!await isOpen(code)) return await showClosed(request, reply)
    if (!isSigned(request, fields)) return await showSetup(request, reply.code(403), code, { name, message: t.expired })
    const known = nameOf(name)
    if (known === undefined) return await showSetup(request, reply.code(400), code, { name, message: t.badName })
    if (password.length < 10 || password.length > 1000) return await showSetup(request, reply.code(400), code, { name, message: t.badPassword })
    const hash = await accounts.addFirstAdmin({ name: known, password })
    if (hash !== undefined) return await begin(request, reply, { user: known, password: hash, next: `${base}/` })
    return await isOpen(code) ? await showSetup(request, reply.code(400), code, { name, message: t.takenName }) : await showClosed(request, reply)
  })
}

/** Whether there is somebody who can let others in. */
export function hasAdmin (users: readonly User[]): boolean {
  return users.some(({ role }) => role === 'admin')
}

/** A name as it is kept; undefined: nobody can be called so. */
function nameOf (given: string): string | undefined {
  try {
    return readName(given)
  } catch {
    return undefined
  }
}
