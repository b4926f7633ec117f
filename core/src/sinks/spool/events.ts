import type { DeliveryError, TatuScanError } from '../../errors.ts'

/** What a spool tells of, for the log. */
export type SpoolEvent =
  /** An attempt failed; the first of an outage, or one more. */
  | { readonly type: 'waiting', readonly error: DeliveryError, readonly first: boolean, readonly reports: number, readonly retryInMs: number }
  /** Reports arrived; after an outage, or as ever. */
  | { readonly type: 'delivered', readonly reports: number, readonly left: number, readonly again: boolean }
  /** A report was refused for good, and is in `rejected/`. */
  | { readonly type: 'refused', readonly reportId: string, readonly why: string }
  /** Reports were dropped for lack of room, or for their age. */
  | { readonly type: 'dropped', readonly reports: number, readonly total: number }
  /** A file was no report, or not whole, and is in `bad/`. */
  | { readonly type: 'damaged', readonly file: string }
  /** The disk can't be used: reports are held in memory and go out live. */
  | { readonly type: 'disk-failed', readonly error: TatuScanError }
  /** It can be used again. */
  | { readonly type: 'disk-works' }
