import { TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox'
import { pointerTo } from '@tatuscan/core'
import type { FastifySchemaCompiler } from 'fastify'
import type { TSchema } from 'typebox'

/**
 * Compiles the schema of a query string, whose values are all text: digits become a number where the schema wants a
 * whole one, and nothing else is converted, so that `limit=true` is no 1. A parameter that comes twice is refused.
 */
export const compileQuery: FastifySchemaCompiler<TSchema> = (route) => {
  const check = TypeBoxValidatorCompiler({ ...route, httpPart: 'body' }) // the part of which nothing is converted
  const { properties = {} } = route.schema as { properties?: Record<string, { type?: unknown }> }
  const whole = Object.keys(properties).filter((name) => properties[name]!.type === 'integer')
  return (query: Record<string, unknown>) => {
    const twice = Object.keys(query).filter((name) => Array.isArray(query[name]))
    if (twice.length > 0) {
      return { error: twice.map((name) => ({ keyword: 'type', instancePath: pointerTo('', name), schemaPath: '#', params: {}, message: 'must come only once' })) }
    }
    const numbers = whole.filter((name) => /^\d{1,9}$/.test(String(query[name]))).map((name) => [name, Number(query[name])])
    return check({ ...query, ...Object.fromEntries(numbers) })
  }
}
