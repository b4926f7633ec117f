import { statfs } from 'node:fs/promises'
import type { Collector } from '@tatuscan/core'
import type { Static, TSchema } from 'typebox'

const mebibytes = { type: 'integer', minimum: 0, unit: 'MiB' } as const

const schema = {
  title: 'Disk',
  type: 'object',
  additionalProperties: false,
  required: ['path', 'total_mb', 'free_mb'],
  properties: {
    path: { type: 'string', title: 'Path' },
    total_mb: { ...mebibytes, title: 'Size', indexed: true },
    free_mb: { ...mebibytes, title: 'Free', description: 'what users who are not root can still fill', volatile: true }
  }
} as const satisfies TSchema

export type DiskFacts = Static<typeof schema>

export interface DiskOptions {
  /** A folder on the file system to look at. @default '/' */
  readonly path?: string
}

/** How large the file system below a folder is, and what is free on it. */
export function disk ({ path = '/' }: DiskOptions = {}): Collector<DiskFacts> {
  return {
    name: 'disk',
    schema,
    async collect () {
      const answer = await statfs(path).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return undefined // no such folder here: absent, not broken
        throw error
      })
      if (answer === undefined) return undefined
      const { bsize, blocks, bavail } = answer
      return { path, total_mb: Math.floor(blocks * bsize / 1_048_576), free_mb: Math.floor(bavail * bsize / 1_048_576) }
    }
  }
}

export default disk
