import { machineStatuses, type MachineStore } from '@tatuscan/core'
import { Gauge, type Registry } from 'prom-client'

/** How many machines there are of each status, looked up at most once in so many milliseconds, however often it is asked. */
export function countMachines (machines: MachineStore, registry: Registry, maxAgeMs: number): void {
  let looked = -Infinity
  let looking: Promise<void> | undefined
  const up = new Gauge({ name: 'tatuscan_store_up', help: 'Whether the store told how many machines there are when it was last asked', registers: [registry] })
  const counts = new Gauge({
    name: 'tatuscan_machines',
    help: 'Machines by status',
    labelNames: ['status'],
    registers: [registry],
    async collect () {
      if (performance.now() - looked < maxAgeMs) return
      looking ??= look().finally(() => { looking = undefined })
      await looking
    }
  })

  async function look (): Promise<void> {
    try {
      const { status } = await machines.summary()
      for (const name of machineStatuses) counts.set({ status: name }, status[name])
      up.set(1)
    } catch {
      counts.reset() // unknown, not 0
      up.set(0)
    }
    looked = performance.now()
  }
}
