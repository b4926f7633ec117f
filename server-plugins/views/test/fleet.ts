import { sampleReport } from '@tatuscan/core/testing'
import type { ExecutionContext } from 'ava'
import type { FastifyInstance } from 'fastify'
import { views, type ViewsOptions } from '../src/index.ts'
import { openServer } from './server.ts'

export interface Listening {
  readonly app: FastifyInstance
  /** Where the pages are, without a slash at the end. */
  readonly base: string
  /** The ids of the machines, in the order of their names. */
  readonly ids: readonly string[]
}

const disk = {
  type: 'object',
  title: 'Disks',
  properties: {
    total_mb: { type: 'integer', title: 'Total', unit: 'MiB' },
    kind: { type: 'string', title: 'Kind' },
    mounts: { type: 'array', title: 'Mounts', items: { type: 'object', properties: { path: { title: 'Path' }, used: { type: 'number', title: 'Used', unit: '%' } } } }
  }
} as const

/** A listening server with a small fleet: `srv-000` and on, of Linux and Windows by turns; each fifth fails with the collector gpu. */
export async function listen (t: ExecutionContext, { size = 12, ...options }: { size?: number } & ViewsOptions & { prefix?: string } = {}): Promise<Listening> {
  const app = await openServer()
  t.teardown(async () => await app.close())
  await app.register(views, options)
  const ids: string[] = []
  for (let index = 0; index < size; index++) {
    const { machine } = await app.machines.save(sampleReport({
      hostname: `srv-${String(index).padStart(3, '0')}`,
      os: index % 2 === 0 ? 'linux' : 'windows',
      os_version: index % 2 === 0 ? 'Ubuntu 22.04' : 'Windows 11',
      cpu_percent: index,
      memory_used_mb: 1024 + index,
      facts: { disk: { total_mb: 4096 * (index + 1), kind: index % 3 === 0 ? 'ssd' : 'hdd', mounts: [{ path: '/', used: 12.5 }, { path: '/home', used: 80 }] } },
      failures: index % 5 === 4 ? [{ collector: 'gpu', code: 'TATUSCAN_COLLECTOR_TIMEOUT', message: 'took longer than 5000 ms', ms: 5000 }] : [],
      schemas: { disk }
    }))
    ids.push(machine.machine_id)
  }
  return { app, base: await app.listen({ port: 0, host: '127.0.0.1' }) + (options.prefix ?? ''), ids }
}
