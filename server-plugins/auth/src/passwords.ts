import { randomBytes, scrypt, timingSafeEqual, type ScryptOptions } from 'node:crypto'
import { promisify } from 'node:util'
import { TatuScanError } from '@tatuscan/core'

const derive = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt)

/** 32 MiB and some 200 ms: what OWASP holds sufficient. Each hash says its own, so that they can be raised. */
const cost = { N: 2 ** 15, r: 8, p: 3 }
const bytes = 32

export const shortest = 10
const longest = 1000

/** @throws {TatuScanError} TATUSCAN_INVALID_REQUEST */
export function checkPassword (password: string): void {
  if (password.length < shortest || password.length > longest) {
    throw new TatuScanError('TATUSCAN_INVALID_REQUEST', `a password has at least ${shortest} characters`, { details: [{ path: '/password', message: `must have ${shortest} to ${longest} characters` }] })
  }
}

/** `scrypt$N$r$p$salt$hash`. */
export async function hashPassword (password: string): Promise<string> {
  const salt = randomBytes(16)
  const derived = await inTurn(async () => await derive(password.normalize('NFC'), salt, bytes, { ...cost, maxmem: memory(cost) }))
  return ['scrypt', cost.N, cost.r, cost.p, salt.toString('base64url'), derived.toString('base64url')].join('$')
}

/** Whether it is the password of this hash; without one it takes as long and is false. */
export async function isPassword (password: string, kept: string | undefined): Promise<boolean> {
  const [, N, r, p, salt = '', expected = ''] = (kept ?? nobody).split('$')
  const parameters = { N: Number(N), r: Number(r), p: Number(p) }
  const derived = await inTurn(async () => await derive(password.slice(0, longest).normalize('NFC'), Buffer.from(salt, 'base64url'), bytes, { ...parameters, maxmem: memory(parameters) }))
  const wanted = Buffer.from(expected, 'base64url')
  return wanted.length === bytes && timingSafeEqual(derived, wanted) && kept !== undefined
}

const nobody = ['scrypt', cost.N, cost.r, cost.p, randomBytes(16).toString('base64url'), randomBytes(bytes).toString('base64url')].join('$')

function memory ({ N, r }: { N: number, r: number }): number {
  return 128 * N * r * 2
}

/** Each takes 32 MiB and a thread, of which reports need some too: two at once, and a line that is not endless. */
let running = 0
const line: (() => void)[] = []
const longestLine = 50

async function inTurn<Result> (work: () => Promise<Result>): Promise<Result> {
  if (running < 2) running++
  else if (line.length >= longestLine) throw new TatuScanError('TATUSCAN_RATE_LIMITED', 'too many people log in at once; try again', { retryAfterS: 10 })
  else await new Promise<void>((resolve) => { line.push(resolve) })
  try {
    return await work()
  } finally {
    const next = line.shift()
    if (next === undefined) running--
    else next()
  }
}
