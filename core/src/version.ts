import { readFileSync } from 'node:fs'

/** The version of this package, which is the agent's: all packages share one. */
export const agentVersion: string = (JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }).version
