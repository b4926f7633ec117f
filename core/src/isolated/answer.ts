/** What the process around a module answers, as one line of JSON: the collector, or what went wrong before there was one. */
export interface HostAnswer {
  readonly name?: string
  /** The JSON of its schema, in which there may be what an answer must not hold. */
  readonly schema?: string
  /** Its facts, checked by its schema; null: there is nothing of the kind. */
  readonly told?: object | null
  readonly error?: { readonly code: string, readonly message: string }
}
