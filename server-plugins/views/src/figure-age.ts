/** How old the figures on a page may be: their age stands beside them. */
export const figureAge = { max_age_s: 30 } as const
