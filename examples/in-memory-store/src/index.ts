import type { MachineStore } from '@tatuscan/core'
import fp from 'fastify-plugin'
import { createMemoryMachines } from './memory-machines.ts'

declare module 'fastify' {
  interface FastifyInstance {
    machines: MachineStore
  }
}

/** Fastify plugin: decorates the instance with `app.machines` in memory, which the server plugins take as they take a database. */
export const memoryStore = fp(async (app) => {
  app.decorate('machines', createMemoryMachines())
}, { name: 'tatuscan-example-in-memory-store', fastify: '5.x' })

export default memoryStore
