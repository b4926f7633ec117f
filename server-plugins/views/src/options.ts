import { isTimeZone, TatuScanError } from '@tatuscan/core'

export interface ViewsOptions {
  /** The IANA time zone in which times are shown. @default 'America/Cuiaba' */
  readonly timeZone?: string
  /** The name in the top bar and in the titles. @default 'TatuScan' */
  readonly title?: string
}

/**
 * Options with their defaults, checked once.
 *
 * @throws {TatuScanError} TATUSCAN_INVALID_OPTION
 */
export function checkOptions ({ timeZone = 'America/Cuiaba', title = 'TatuScan' }: ViewsOptions): Required<ViewsOptions> {
  if (typeof timeZone !== 'string' || !isTimeZone(timeZone)) {
    throw new TatuScanError('TATUSCAN_INVALID_OPTION', `timeZone must be the name of a time zone, such as America/Cuiaba; got ${JSON.stringify(timeZone)}`)
  }
  if (typeof title !== 'string' || title.trim() === '' || title.length > 100) {
    throw new TatuScanError('TATUSCAN_INVALID_OPTION', `title must be text of 1 to 100 characters; got ${JSON.stringify(title)}`)
  }
  return { timeZone, title }
}
