import { createHash } from 'node:crypto'
import type { IncomingReport } from '@tatuscan/core'
import { storage } from '@tatuscan/server-storage'
import Fastify from 'fastify'
import pg from 'pg'

/** Makes so many machines, as their reports would. */
export async function seed (url: string, machines: number): Promise<void> {
  const app = Fastify()
  await app.register(storage, { url })
  for (let start = 0; start < machines; start += 500) {
    await Promise.all(Array.from({ length: Math.min(500, machines - start) }, async (_, index) => await app.machines.save(machine(start + index))))
  }
  await app.close()
  if (url.startsWith('postgresql:')) await vacuum(url)
}

/** What PostgreSQL does by itself some minutes after so many rows came, and what would else fall into a measurement. */
async function vacuum (url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query('vacuum analyze')
  await client.end()
}

/** 1 in 50 has fallen silent soon after, and on 1 in 97 a collector fails. */
function machine (index: number): IncomingReport {
  const systems = [['linux', 'Debian GNU/Linux 12 (bookworm)'], ['linux', 'Ubuntu 24.04.1 LTS'], ['windows', 'Windows 11'], ['windows', 'Windows 10'], ['darwin', 'macOS 15.1'], ['linux', null]] as const
  const [os, os_version] = systems[index * 7 % systems.length]!
  return {
    machine_id: idOf(index),
    hostname: `machine-${index}`,
    ip: index % 10 === 0 ? null : `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`,
    os,
    os_version,
    cpu_percent: index * 37 % 1000 / 10,
    memory_total_mb: 1024 * (1 + index % 64),
    memory_used_mb: index * 13 % 60_000,
    agent_version: `0.${index % 5}.0`,
    interval_s: index % 50 === 7 ? 1 : 60,
    failures: index % 97 === 5 ? [{ collector: 'gpu', code: 'TATUSCAN_COLLECTOR_TIMEOUT', message: 'took longer than 5000 ms', ms: 5000 }] : [],
    ...index % 3 === 0 && { computer_model: `Model ${index % 300}`, computer_activation: new Date(1.5e12 + index % 3000 * 86_400_000), activation_days: index % 4000 },
    facts: { asset: { room: `room-${index % 500}`, serial: `SN-${index}`, owner: 'somebody at a desk' } },
    ...index < 500 && { schemas: { asset: { type: 'object', properties: { room: { type: 'string', indexed: true }, serial: { type: 'string' }, owner: { type: 'string' } } } } }
  }
}

/** The machine_id of a machine by its number. */
export function idOf (index: number): string {
  return createHash('sha256').update(`scale-${index}`).digest('hex')
}
