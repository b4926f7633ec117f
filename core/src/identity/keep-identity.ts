import { join } from 'node:path'
import { messageOf, TatuScanError } from '../errors.ts'
import type { FactsByCollector, Failure } from '../report.ts'
import { decideIdentity, type IdentityDecision, type KeptIdentity } from './decide.ts'
import { readEvidence } from './evidence.ts'
import { DamagedIdentity, identityFileName, moveDamagedAside, readKeptIdentity, writeKeptIdentity } from './kept-file.ts'

/** Where the identity is kept, and who is told of what goes wrong. */
export interface KeepIdentityOptions {
  /** The state folder; made where there is none. */
  readonly folder: string
  /** Told, once each, where the identity can't be kept, was damaged, or was renewed. */
  readonly onWarning?: (message: string) => void
}

/**
 * Makes the function that tells {@link import('../collect-report.ts').collectReport} which machine its facts are about,
 * and keeps the answer in the state folder. Whatever is wrong with the folder, there is an answer, and it stays for
 * the life of the process.
 *
 * The function throws {@link TatuScanError} TATUSCAN_NO_IDENTITY where the collectors that could tell have failed: an
 * id that is made up in their place would be a second machine.
 */
export function keepIdentity ({ folder, onWarning = () => {} }: KeepIdentityOptions): (facts: FactsByCollector, failures: readonly Failure[]) => IdentityDecision {
  const file = join(folder, identityFileName)
  let kept: KeptIdentity | undefined
  /** Whether the file has been looked for; and then whether it may be written. */
  let loaded = false
  let writable = true
  /** Once it was compared with what is kept, the hardware stays what it is: a failing collector leaves no doubt. */
  let verified = false

  const giveUp = (what: string, error: unknown): void => {
    writable = false
    onWarning(`the identity ${what} (${messageOf(error)}); it lasts for as long as this process, then it is derived anew`)
  }

  function load (): void {
    loaded = true
    try {
      kept = readKeptIdentity(folder)
    } catch (error) {
      if (!(error instanceof DamagedIdentity)) return giveUp(`in ${file} can't be read`, error)
      try {
        onWarning(`${error.message}; it was moved to ${moveDamagedAside(folder)}, and the identity is derived anew`)
      } catch (moving) {
        giveUp(`in ${file} is damaged and can't be moved aside`, moving)
      }
    }
  }

  /** @returns false where another process was first: its identity is loaded then */
  function keep (decision: IdentityDecision): boolean {
    const before = kept
    kept = decision.keep
    if (!writable || kept === undefined || (before !== undefined && JSON.stringify(before) === JSON.stringify(kept))) return true
    try {
      if (writeKeptIdentity(folder, kept, { replace: before !== undefined })) return true
    } catch (error) {
      giveUp(`can't be kept in ${folder}: make it writable, or name another folder in TATUSCAN_STATE_DIR`, error)
      return true
    }
    load()
    return kept === undefined
  }

  return (facts, failures) => {
    if (!loaded) load()
    const seen = readEvidence(facts, failures)
    let decision = decideIdentity(kept, seen)
    if (decision.basis === 'random' && decision.outcome !== 'kept' && seen.failed.length > 0) {
      throw new TatuScanError('TATUSCAN_NO_IDENTITY', `which machine this is can't be told: the collector ${seen.failed.join(' and the collector ')} failed`)
    }
    if (decision.keep !== undefined) {
      if (decision.outcome === 'renewed') onWarning(`${decision.why}; this machine is ${decision.machine_id} from now on`)
      if (!keep(decision)) decision = decideIdentity(kept, seen)
    }
    if (decision.outcome === 'kept' && verified) {
      const { pending, ...settled } = decision
      return settled
    }
    verified ||= decision.pending === undefined && decision.keep !== undefined
    return decision
  }
}
