import type { TextColumn } from './columns.ts'
import type { IdTable } from './id-table.ts'
import type { Matcher } from './matcher.ts'

/**
 * Columns of text laid out for searching, a page of machines at a time: what all of a page read, one after the other, is
 * one string, and JavaScript's own `indexOf` goes through it faster than anything that looks at one machine after the
 * other. A page is made when a search first comes to it, and anew once a text of it has changed. Some 30 bytes a machine.
 */
export interface TextPages {
  /** Takes note that a text of a slot is another. */
  change (slot: number): void
  /** The slots of which a text holds this one, in which letters of ASCII are small; their own count as small. */
  matcher (text: string): Pick<Matcher, 'holds' | 'next'>
}

/** Never changed: where a text of it is another there is another page. */
interface Page {
  /** UTF-8 with a character for each byte, so that all are of one size. */
  readonly text: string
  /** Where each slot's text ends. */
  readonly ends: Uint32Array
}

/** How many slots a page has: as many as are looked at without a pause, since a page is searched at once. */
const pageSlots = 1 << 10
const pageOf = (slot: number): number => slot >> 10

/** No text holds it, since there is no such byte in UTF-8. */
const separator = 0xFF

export function createTextPages (ids: Pick<IdTable, 'size'>, columns: readonly TextColumn[]): TextPages {
  const pages: (Page | undefined)[] = []
  let room = Buffer.alloc(0) // in which each page is put together

  function make (first: number): Page {
    const ends = new Uint32Array(Math.max(0, Math.min(pageSlots, ids.size - first)))
    let length = 0
    for (let at = 0; at < ends.length; at++) for (const column of columns) length += column.length(first + at) + 1
    if (length > room.length) room = Buffer.alloc(length)
    const bytes = room
    let end = 0
    for (let at = 0; at < ends.length; at++) {
      for (const column of columns) {
        end = column.copySmall(first + at, bytes, end)
        bytes[end++] = separator
      }
      ends[at] = end
    }
    return { text: bytes.toString('latin1', 0, end), ends }
  }

  return {
    change (slot) {
      if (pageOf(slot) < pages.length) pages[pageOf(slot)] = undefined
    },
    matcher (text) {
      const wanted = Buffer.from(text).toString('latin1')
      /** Of this page: from `sought` on the first slot that matches is `ahead`. */
      let page: Page | undefined
      let [sought, ahead] = [0, 0]
      /** The first slot of a page from this one on that matches; the next page's first where there is none. */
      function nextOfPage (from: number): number {
        const at = pageOf(from)
        const own = pages[at] ??= make(at * pageSlots)
        if (own === page && from >= sought && from <= ahead) return ahead
        const { text, ends } = page = own
        const first = at * pageSlots
        sought = from
        ahead = first + pageSlots
        const found = from - first < ends.length ? text.indexOf(wanted, from === first ? 0 : ends[from - first - 1]) : -1
        if (found !== -1) {
          let place = from - first
          while (ends[place]! <= found) place++
          ahead = first + place
        }
        return ahead
      }
      function next (from: number, end: number): number {
        for (let slot = from, over: number; slot < end; slot = over) {
          over = (slot | pageSlots - 1) + 1
          const found = nextOfPage(slot)
          if (found < over) return Math.min(found, end)
        }
        return end
      }
      return { next, holds: (slot) => next(slot, slot + 1) === slot }
    }
  }
}
