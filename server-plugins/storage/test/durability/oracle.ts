import { request, Agent } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { sampleReport } from '@tatuscan/core/testing'
import type { Report } from '@tatuscan/core'

/** What is known of a machine that the load reports for. */
interface Known {
  readonly id: string
  /** The number of the last report that was sent, and of the last that was acknowledged. Each number is used once. */
  sent: number
  acknowledged: number
}

export interface Load {
  /** How many answers came with each status; 0 for a connection that was lost. */
  readonly statuses: Map<number, number>
  /** The longest that an answer took, in milliseconds. */
  slowest: number
  /** Stops; resolves when nothing is under way. */
  stop (): Promise<void>
}

/**
 * Sends reports and remembers each that was acknowledged. A report's number is in its memory_used_mb, and its facts hold it
 * too, so that what is stored tells which report it came from.
 */
export function createOracle ({ machines = 40 } = {}) {
  const known = Array.from({ length: machines }, (_, index): Known => ({ id: sampleReport({ hostname: `oracle-${index}` }).machine_id, sent: 0, acknowledged: 0 }))

  function next (machine: Known): Report {
    const number = ++machine.sent
    return sampleReport({ machine_id: machine.id, hostname: `oracle-${known.indexOf(machine)}`, memory_used_mb: number, facts: { oracle: { number } }, schemas: {} })
  }

  return {
    /** Every machine reports, one report after another, each of them through one of the servers. */
    load (urls: () => readonly string[], { pause = 0 } = {}): Load {
      const agent = new Agent({ keepAlive: true })
      const load = { statuses: new Map<number, number>(), slowest: 0, stop: async () => {} }
      const stopping = new AbortController()
      const workers = known.map(async (machine, index) => {
        for (let turn = index; !stopping.signal.aborted; turn++) {
          const servers = urls()
          const report = next(machine)
          const began = performance.now()
          const status = await post(agent, `${servers[turn % servers.length]}/api/machines`, report)
          load.slowest = Math.max(load.slowest, performance.now() - began)
          load.statuses.set(status, (load.statuses.get(status) ?? 0) + 1)
          if (status === 200 || status === 201) machine.acknowledged = report.memory_used_mb!
          else await sleep(20)
          if (pause > 0) await sleep(pause)
        }
      })
      load.stop = async () => {
        stopping.abort()
        await Promise.all(workers)
        agent.destroy()
      }
      return load
    },

    /** What the server holds that it should not, or lacks; none where all is well. Each complaint is a sentence. */
    async complaints (url: string): Promise<string[]> {
      const { items } = await (await fetch(`${url}/api/machines?include=facts`)).json() as { items: { machine_id: string, hostname: string, memory_used_mb: number, facts: { oracle: { number: number } } }[] }
      const stored = new Map(items.map((item) => [item.machine_id, item]))
      const complaints = known.flatMap(({ id, sent, acknowledged }) => {
        const item = stored.get(id)
        stored.delete(id)
        if (item === undefined) return acknowledged > 0 ? [`machine ${id} is gone; report ${acknowledged} of it was acknowledged`] : []
        return [
          ...item.memory_used_mb < acknowledged ? [`machine ${id} is at report ${item.memory_used_mb}; ${acknowledged} was acknowledged`] : [],
          ...item.memory_used_mb > sent ? [`machine ${id} is at report ${item.memory_used_mb}; only ${sent} were sent`] : [],
          ...item.facts.oracle?.number !== item.memory_used_mb ? [`machine ${id} is at report ${item.memory_used_mb} with the facts of ${item.facts.oracle?.number}`] : []
        ]
      })
      return [...complaints, ...[...stored.keys()].map((id) => `machine ${id} was never reported`)]
    },

    /** The highest number that a machine has reached. */
    get newest () { return Math.max(...known.map(({ acknowledged }) => acknowledged)) },

    get acknowledged () { return known.reduce((sum, { acknowledged }) => sum + acknowledged, 0) }
  }
}

async function post (agent: Agent, url: string, report: Report): Promise<number> {
  return await new Promise((resolve) => {
    const sending = request(url, { method: 'POST', agent, headers: { 'content-type': 'application/json' } }, (answer) => {
      answer.on('error', () => {}).resume().on('close', () => resolve(answer.complete ? answer.statusCode! : 0))
    })
    sending.on('error', () => resolve(0)).end(JSON.stringify(report))
  })
}
