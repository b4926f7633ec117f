import type { FastifyReply, FastifyRequest } from 'fastify'

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

/** Tells browsers what they need not do with an answer, unless its route tells something else. Agents, which are none, are told nothing. */
export function tellBrowsers (request: FastifyRequest, reply: FastifyReply, { access }: FastifyRequest['routeOptions']['config']): void {
  if (access === 'agent') return
  reply.headers(headers)
  if (request.protocol === 'https') reply.headers(underTls)
}
