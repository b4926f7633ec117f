/** Machines know whether the client that reported last had no key. */
export function unverified (): string[] {
  return ['alter table inventory add column unverified integer null']
}
