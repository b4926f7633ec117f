import { createHmac, hash, randomBytes, timingSafeEqual } from 'node:crypto'

/** What kind of secret a text is, told by how it begins: so that one that leaks is recognised, and only one place looked in. */
export const prefixes = { key: 'tsk_', token: 'tst_', enrol: 'tse_', setup: 'tss_' } as const

/** 32 random bytes, as text. */
export function makeSecret (prefix: string = ''): string {
  return prefix + randomBytes(32).toString('base64url')
}

/** What is kept of a secret: of 32 random bytes nothing slower is needed. */
export function hashSecret (secret: string): string {
  return hash('sha256', secret, 'base64url')
}

/** Whether two texts are the same, in a time that tells nothing of either. */
export function sameText (given: string, expected: string): boolean {
  const [a, b] = [given, expected].map((text) => hash('sha256', text, 'buffer'))
  return timingSafeEqual(a!, b!)
}

/** A text that only who has the secret can make. */
export function sign (secret: string, text: string): string {
  return createHmac('sha256', secret).update(text).digest('base64url')
}
