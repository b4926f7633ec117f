import type { Collector } from '@tatuscan/core'
import { cpu } from '@tatuscan/collector-cpu'
import { memory } from '@tatuscan/collector-memory'
import { network } from '@tatuscan/collector-network'
import { os } from '@tatuscan/collector-os'

/** The collectors that every agent runs. This list is the one place to name a new one. */
export function builtInCollectors (): Collector[] {
  return [network(), os(), cpu(), memory()]
}
