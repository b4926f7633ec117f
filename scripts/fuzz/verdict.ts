import { parseJson } from '@tatuscan/core'
import type { Answer } from './send.ts'
import type { Target } from './targets.ts'

/** What is wrong with the answers of several servers to one request; undefined where nothing is. */
export function faultOf (answers: readonly Answer[], targets: readonly Target[]): string | undefined {
  for (const [index, { status, text }] of answers.entries()) {
    const { name } = targets[index]!
    if (status === 0) return `${name}: ${text}`
    if (status >= 500) return `${name} answered ${status}`
    const inside = status === 200 ? results(text)?.find(({ status }) => status >= 500) : undefined
    if (inside !== undefined) return `${name} answered ${inside.status} in a batch`
    if (timeless(text) !== timeless(answers[0]!.text) || status !== answers[0]!.status) return `${name} and ${targets[0]!.name} answered differently`
  }
  return undefined
}

/** Times, and what follows from them, are each server's own. */
export function timeless (text: string): string {
  return text.replaceAll(/"(created_at|updated_at|last_seen|status)":"[^"]*"|,"clock_offset_s":-?\d+/g, '')
}

export interface Result {
  readonly status: number
  readonly error?: { readonly code: string, readonly details?: unknown }
}

/** The results of a batch; undefined for any other answer. */
export function results (text: string): Result[] | undefined {
  return text.startsWith('{"results":') ? (parseJson(text) as { results: Result[] }).results : undefined
}

/** `400 TATUSCAN_INVALID_REQUEST` */
export function verdictOf ({ status, text }: Answer): string {
  const code = status < 400 ? undefined : /"code":"(\w+)"/.exec(text)?.[1]
  return code === undefined ? String(status) : `${status} ${code}`
}
