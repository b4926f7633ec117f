import type { Failure, FactsByCollector, MachineStatus } from '@tatuscan/core'

/** A machine as the API tells it: `machineItemSchema` of core. Times are ISO 8601 with offset. */
export interface MachineItem {
  readonly machine_id: string
  readonly hostname: string
  readonly ip: string | null
  readonly os: string
  readonly os_version: string | null
  readonly cpu_percent: number | null
  readonly memory_total_mb: number | null
  readonly memory_used_mb: number | null
  readonly computer_model: string | null
  readonly computer_activation: string | null
  readonly activation_days: number | null
  readonly created_at: string
  readonly updated_at: string | null
  readonly last_seen: string
  readonly status: MachineStatus
  readonly agent_version: string | null
  readonly facts?: FactsByCollector
  readonly failures?: Failure[]
}

/** What may be set by hand; null is unknown. */
export interface Changes {
  readonly computer_model?: string | null
  readonly computer_activation?: string | null
  readonly activation_days?: number | null
}
