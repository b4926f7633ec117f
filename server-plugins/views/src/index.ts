import { fileURLToPath } from 'node:url'
import fastifyView from '@fastify/view'
import { TatuScanError, toHttpError } from '@tatuscan/core'
import type {} from '@tatuscan/server-storage'
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { readAssets, serveAssets } from './assets.ts'
import { colourRules } from './colours.ts'
import { errorPage } from './error-page.ts'
import { createFrame } from './frame.ts'
import { createFormats } from './formats.ts'
import { machineName, osLabel } from './labels.ts'
import { createLinks } from './links.ts'
import { catalogues, languages } from './locales/index.ts'
import { machineForms } from './machine-forms.ts'
import { checkOptions, type AddedPage, type ViewsOptions } from './options.ts'
import type { Page, PageContext } from './page.ts'
import { chartsPage } from './pages/charts.ts'
import { dashboardPage } from './pages/dashboard.ts'
import { machinePage } from './pages/machine.ts'
import { reportPage } from './pages/report.ts'
import { preferencesOf } from './preferences.ts'
import { textQuery } from './query.ts'
import { exportReport } from './report-csv.ts'
import { createEta } from './templates.ts'

export type { Colours } from './colours.ts'
export type { Formats } from './formats.ts'
export type { Links } from './links.ts'
export type { AddedEntry, AddedPage, Label, ViewsOptions } from './options.ts'
export type { MakePage, Page, PageContext, Person, Redirect } from './page.ts'

const templatesFolder = fileURLToPath(new URL('./templates/', import.meta.url))

const ownPages: readonly AddedPage[] = [
  { path: '/', make: dashboardPage },
  { path: '/report', make: reportPage },
  { path: '/charts', make: chartsPage },
  { path: '/machines/:id', make: machinePage }
]

const headers = {
  'content-security-policy': "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'same-origin'
}

/** Pages are no part of an OpenAPI document. */
const schema = { hide: true } as const

const plugin: FastifyPluginAsync<ViewsOptions> = async (app, options) => {
  const { timeZone, title, colours, templates, pages, entries, refresh } = checkOptions(options)
  const assets = await readAssets(colourRules(colours))
  const links = createLinks(app.prefix, new Map(assets.map(({ name, version }) => [name, version])))
  const slashIgnored = app.initialConfig.routerOptions?.ignoreTrailingSlash ?? app.initialConfig.ignoreTrailingSlash ?? false
  const formats = new Map(languages.map((language) => [language, createFormats(language, timeZone)]))
  const added = [...pages.flatMap(({ path, label }) => label === undefined ? [] : [{ label, href: links.page(path) }]), ...entries]

  serveAssets(app, assets)
  const folders = [...templates === undefined ? [] : [templates], templatesFolder]
  await app.register(fastifyView, { engine: { eta: createEta(folders) }, root: templatesFolder, production: true })

  // Before the handlers, so that errors have them too; what the host has set stays
  app.addHook('onRequest', async (_request, reply) => {
    for (const [name, value] of Object.entries(headers)) if (!reply.hasHeader(name)) reply.header(name, value)
  })

  const visit = (request: FastifyRequest) => {
    const query = textQuery(request.query)
    const preferences = preferencesOf({
      query, cookie: request.headers.cookie, acceptLanguage: request.headers['accept-language'], path: links.root
    })
    const { requester } = request
    const context: PageContext = {
      machines: app.machines,
      credentials: app.hasDecorator('credentials') ? app.credentials : undefined,
      query,
      params: (request.params ?? {}) as Record<string, string>,
      language: preferences.language,
      t: catalogues[preferences.language],
      formats: formats.get(preferences.language)!,
      links,
      timeZone,
      now: new Date(),
      origin: `${request.protocol}://${request.host}`,
      url: request.url,
      person: requester?.kind === 'person' ? { name: requester.name, csrfToken: requester.csrfToken } : undefined,
      enrolling: app.hasDecorator('setupPath'), // as auth's, which has people and agents of its own
      mayChange: requester === undefined || ('role' in requester && requester.role === 'admin')
    }
    return { preferences, context }
  }

  const render = async (request: FastifyRequest, reply: FastifyReply, { preferences, context }: ReturnType<typeof visit>, page: Page) => {
    const { template, title: pageTitle, data, statusCode = 200, path = request.url.split('?', 1)[0]! } = page
    if (preferences.cookies.length > 0) reply.header('set-cookie', preferences.cookies)
    reply.code(statusCode).header('cache-control', 'private, no-cache').header('vary', 'Accept-Language, Cookie')
    const html = await reply.viewAsync(template, {
      ...data,
      t: context.t,
      f: { ...context.formats, os: (os: string) => osLabel(os, context.t), name: machineName },
      links,
      now: context.now,
      statusCode,
      frame: createFrame({ path, title, pageTitle, context, preferences, entries: added, refresh })
    })
    return reply.type('text/html; charset=utf-8').send(html)
  }

  const show = async (request: FastifyRequest, reply: FastifyReply, make: AddedPage['make']) => {
    const visited = visit(request)
    const page = await make(visited.context)
    if ('redirect' in page) return reply.redirect(page.redirect, 303)
    return await render(request, reply, visited, page)
  }

  app.setErrorHandler(async (error, request, reply) => {
    const { statusCode, retryAfter, body: { code } } = toHttpError(error)
    if (statusCode >= 500) request.log.error({ err: error }, 'a page could not be made')
    if (retryAfter !== undefined) reply.header('retry-after', retryAfter)
    const visited = visit(request)
    return await render(request, reply, visited, errorPage({ statusCode, code }, visited.context.t))
  })

  const withSlash = (path: string) => path.endsWith('/') || slashIgnored ? [path] : [path, `${path}/`]
  for (const { path, make, access = 'viewer' } of [...ownPages, ...pages]) {
    for (const url of withSlash(path)) app.get(url, { config: { access, page: true }, schema }, async (request, reply) => await show(request, reply, make))
  }
  app.get('/report.csv', { config: { access: 'viewer', page: true }, schema }, async (request, reply) => await exportReport(visit(request).context, request, reply))
  await app.register(async (forms) => machineForms(forms, show))

  try {
    app.setNotFoundHandler(async (request, reply) => {
      // At the root it answers for the whole server, and a script wants no page
      if (!String(request.headers.accept).includes('text/html')) {
        const { statusCode, body } = toHttpError(new TatuScanError('TATUSCAN_NOT_FOUND', `there is no ${request.method} ${request.url.split('?', 1)[0]}`))
        return reply.code(statusCode).send(body)
      }
      const visited = visit(request)
      return await render(request, reply, visited, errorPage({ statusCode: 404 }, visited.context.t))
    })
  } catch {} // the host has set its own
}

/**
 * The pages: dashboard `/`, report `/report`, charts `/charts` and `/machines/:id`, under the prefix that it is
 * registered with, behind the host's own hooks. Needs `app.machines`.
 *
 * @throws {TatuScanError} TATUSCAN_INVALID_OPTION
 */
export const views = fp(plugin, {
  name: '@tatuscan/server-views',
  fastify: '5.x',
  encapsulate: true,
  decorators: { fastify: ['machines'] }
})

export default views
