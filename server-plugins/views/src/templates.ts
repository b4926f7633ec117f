import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Eta } from 'eta'
import { escapeHtml } from './escape.ts'

/**
 * An Eta of its own for each mounting, so that two in one process share nothing. Every `<%= %>` is escaped. A template
 * is looked for in one folder after the other, always by its path from there: `dashboard`, `partials/bar`.
 */
export function createEta (folders: readonly string[]): Eta {
  const eta = new Eta({ autoEscape: true, escapeFunction: escapeHtml, rmWhitespace: true })
  const found = new Map<string, string>()
  eta.resolvePath = (template) => {
    let file = found.get(template)
    if (file === undefined) {
      const name = template.endsWith('.eta') ? template : `${template}.eta`
      file = folders.map((folder) => join(folder, name)).find((candidate) => existsSync(candidate))
      if (file === undefined) throw new Error(`there is no template ${name} in ${folders.join(' or ')}`)
      found.set(template, file)
    }
    return file
  }
  return eta
}
