import nodeOs from 'node:os'
import type { Collector } from '@tatuscan/core'
import { shapeFacts } from './facts.ts'
import { readLinux } from './linux.ts'
import { readPortable, type Systeminformation } from './portable.ts'
import { schema, type NetworkFacts } from './schema.ts'

export type { InterfaceFacts, NetworkFacts } from './schema.ts'

/** Where the network collector looks; tests put recorded machines there. */
export interface NetworkOptions {
  /** The platform to read as. @default process.platform */
  readonly platform?: NodeJS.Platform
  /** The folder in which `/sys` and `/proc` are found, on Linux. @default '/' */
  readonly root?: string
  /** What tells the addresses of the interfaces that run. @default node:os */
  readonly os?: Pick<typeof nodeOs, 'networkInterfaces'>
  /** What tells the other interfaces and the default route where the platform is not Linux. @default the package systeminformation */
  readonly systeminformation?: () => Promise<Systeminformation>
}

/** The network interfaces, the MACs that identify the machine, and its primary IPv4. */
export function network ({
  platform = process.platform, root = '/', os = nodeOs, systeminformation = () => import('systeminformation')
}: NetworkOptions = {}): Collector<NetworkFacts> {
  return {
    name: 'network',
    schema,
    async collect () {
      const addresses = os.networkInterfaces()
      if (platform === 'linux') return shapeFacts(readLinux(root, addresses))
      return shapeFacts(await readPortable(addresses, systeminformation))
    }
  }
}

export default network
