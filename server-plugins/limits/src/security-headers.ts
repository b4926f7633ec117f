import type { FastifyInstance } from 'fastify'

const headers = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'", // for what is no page; pages bring their own
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'SAMEORIGIN',
  'referrer-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()'
}

const underTls = {
  'strict-transport-security': 'max-age=31536000',
  'cross-origin-opener-policy': 'same-origin'
}

/** Tells browsers what they need not do with an answer. What a route has said stays; agents, which are none, are told nothing. */
export function securityHeaders (app: FastifyInstance): void {
  app.addHook('onSend', (request, reply, payload, done) => {
    if (request.routeOptions.config?.access === 'agent') return done(null, payload)
    for (const [name, value] of Object.entries(request.protocol === 'https' ? { ...headers, ...underTls } : headers)) if (!reply.hasHeader(name)) reply.header(name, value)
    done(null, payload)
  })
}
