/** How long a database server may take, in milliseconds: a request is answered within 5 s, whatever happens. */
export const deadline = {
  connect: 3500,
  /** The first connection: a server that starts has time. */
  start: 10_000,
  statement: 3000,
  /** After which the database rolls back what a server of ours left open. */
  idle: 10_000,
  migration: 60_000,
  /** A statement of our own that migrates, or waits for another server that does, may take longer. */
  answer: (text: string): number => /^\s*(create|alter|drop|insert into \S+ \(collector|select (pg_advisory_lock|get_lock))/i.test(text) ? 3_600_000 : 4000
} as const

/** Under this name servers agree on which of them migrates. */
export const lockName = 'tatuscan_migrations'
