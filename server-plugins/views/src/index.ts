import { fileURLToPath } from 'node:url'
import fastifyStatic from '@fastify/static'
import fastifyView from '@fastify/view'
import { TatuScanError, toHttpError } from '@tatuscan/core'
import type {} from '@tatuscan/server-storage'
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { assetsFolder, assetVersions } from './assets.ts'
import { errorPage } from './error-page.ts'
import { createFrame } from './frame.ts'
import { createFormats } from './formats.ts'
import { osLabel } from './labels.ts'
import { createLinks } from './links.ts'
import { catalogues, languages } from './locales/index.ts'
import { checkOptions, type ViewsOptions } from './options.ts'
import type { MakePage, Page, PageContext } from './page.ts'
import { chartsPage } from './pages/charts.ts'
import { dashboardPage } from './pages/dashboard.ts'
import { machinePage } from './pages/machine.ts'
import { reportPage } from './pages/report.ts'
import { preferencesOf } from './preferences.ts'
import { textQuery } from './query.ts'
import { createEta } from './templates.ts'

export type { ViewsOptions } from './options.ts'

const templatesFolder = fileURLToPath(new URL('./templates/', import.meta.url))

const pages: readonly (readonly [path: string, make: MakePage])[] = [
  ['/', dashboardPage],
  ['/report', reportPage],
  ['/charts', chartsPage],
  ['/machines/:id', machinePage]
]

const headers = {
  'content-security-policy': "default-src 'self'; base-uri 'none'; frame-ancestors 'self'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'same-origin'
}

const plugin: FastifyPluginAsync<ViewsOptions> = async (app, options) => {
  const { timeZone, title } = checkOptions(options)
  const links = createLinks(app.prefix, await assetVersions())
  const slashIgnored = app.initialConfig.routerOptions?.ignoreTrailingSlash ?? app.initialConfig.ignoreTrailingSlash ?? false
  const formats = new Map(languages.map((language) => [language, createFormats(language, timeZone)]))

  await app.register(async (assets) => { // the page to log in has the same style
    assets.addHook('onRoute', (route) => { route.config = { ...route.config, access: 'public' } })
    await assets.register(fastifyStatic, { root: assetsFolder, prefix: '/assets/', decorateReply: false, index: false, maxAge: '365d', immutable: true })
  })
  await app.register(fastifyView, { engine: { eta: createEta([templatesFolder]) }, root: templatesFolder, production: true })

  // Before the handlers, so that errors have them too; what the host has set stays
  app.addHook('onRequest', async (_request, reply) => {
    for (const [name, value] of Object.entries(headers)) if (!reply.hasHeader(name)) reply.header(name, value)
  })

  const visit = (request: FastifyRequest) => {
    const query = textQuery(request.query)
    const preferences = preferencesOf({
      query, cookie: request.headers.cookie, acceptLanguage: request.headers['accept-language'], path: links.root
    })
    const context: PageContext = {
      machines: app.machines,
      query,
      params: (request.params ?? {}) as Record<string, string>,
      t: catalogues[preferences.language],
      formats: formats.get(preferences.language)!,
      links,
      now: new Date(),
      origin: `${request.protocol}://${request.host}`,
      person: request.requester?.kind === 'person' && request.requester.csrfToken !== undefined ? request.requester.name : undefined
    }
    return { preferences, context }
  }

  const render = async (request: FastifyRequest, reply: FastifyReply, { preferences, context }: ReturnType<typeof visit>, page: Page) => {
    const { template, title: pageTitle, data, statusCode = 200 } = page
    if (preferences.cookies.length > 0) reply.header('set-cookie', preferences.cookies)
    reply.code(statusCode).header('cache-control', 'private, no-cache').header('vary', 'Accept-Language, Cookie')
    const html = await reply.viewAsync(template, {
      ...data,
      t: context.t,
      f: { ...context.formats, os: (os: string) => osLabel(os, context.t) },
      links,
      now: context.now,
      frame: createFrame({ path: request.url.split('?', 1)[0]!, title, pageTitle, context, preferences })
    })
    return reply.type('text/html; charset=utf-8').send(html)
  }

  app.setErrorHandler(async (error, request, reply) => {
    const { statusCode, retryAfter } = toHttpError(error)
    if (statusCode >= 500) request.log.error({ err: error }, 'a page could not be made')
    if (retryAfter !== undefined) reply.header('retry-after', retryAfter)
    const visited = visit(request)
    return await render(request, reply, visited, errorPage({ statusCode }, visited.context.t))
  })

  for (const [path, make] of pages) {
    for (const url of path === '/' || slashIgnored ? [path] : [path, `${path}/`]) {
      app.get(url, { config: { access: 'viewer', page: true }, schema: { hide: true } }, async (request, reply) => { // pages are no part of an OpenAPI document
        const visited = visit(request)
        const page = await make(visited.context)
        if ('redirect' in page) return reply.redirect(page.redirect, 303)
        return await render(request, reply, visited, page)
      })
    }
  }

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
