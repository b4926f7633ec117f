import type { Machine } from '@tatuscan/core'
import { collectorTitle, describeFacts } from '../describe-facts.ts'
import { identification } from '../identification.ts'
import { machineName } from '../labels.ts'
import { marksOf } from '../marks.ts'
import type { MakePage, PageContext } from '../page.ts'

export interface Answered {
  /** The form to edit as it came, and what is wrong with each of its fields. */
  readonly edit?: { readonly form: Readonly<Record<string, string | undefined>>, readonly wrong: Readonly<Record<string, string>> }
  /** What was given for the hostname, where that was not it. */
  readonly removal?: { readonly given: string }
}

/** The machine that an address names. What can be no id is not looked for: not every database takes any text. */
export async function findMachine ({ machines, params: { id = '' } }: PageContext): Promise<Machine | undefined> {
  return /^[0-9a-f]{64}$/i.test(id) ? await machines.find(id.toLowerCase()) : undefined
}

/** What has to be typed for a machine to be forgotten: its hostname, or its id where nobody could type that. */
export function removalWord (machine: Machine): string {
  const name = machineName(machine)
  return /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]+$/u.test(name) ? name.trim() : machine.machine_id
}

/** All that is known of one machine: what fails first, then what its collectors tell. */
export const machinePage: MakePage = async (context) => await machinePageWith({})(context)

/** The machine's page, with a form that could not be taken as it came. */
export function machinePageWith ({ edit, removal }: Answered): MakePage {
  return async (context) => {
    const { machines, t, formats, query, links, person, mayChange } = context
    const machine = await findMachine(context)
    if (machine === undefined) {
      return { template: 'error', title: t.errors.noMachine, statusCode: 404, data: { heading: t.errors.noMachine, hint: t.errors.notFoundHint } }
    }
    const schemas = new Map((await machines.collectors()).map(({ name, schema }) => [name, schema]))
    const titleOf = (name: string) => collectorTitle(name, schemas.get(name), t.titled)
    const { form = {}, wrong = {} } = edit ?? {}
    const field = (name: 'computer_model' | 'computer_activation' | 'activation_days', value: string) => ({ name, label: t.fields[name], value: form[name] ?? value, was: form[`was_${name}`] ?? value, wrong: wrong[name] })
    return {
      template: 'machine',
      title: machineName(machine),
      statusCode: edit === undefined && removal === undefined ? 200 : 400,
      path: links.machine(machine.machine_id),
      data: {
        machine,
        saved: query.saved !== undefined,
        identified: identification(machine, t),
        marks: [...marksOf({ ...machine, failures: [] }, t, formats).map(({ sentence }) => sentence), ...await keyMarksOf(machine, context)],
        failures: (machine.failures ?? []).map((failure) => ({ ...failure, title: titleOf(failure.collector) })),
        mayChange,
        action: links.machine(machine.machine_id),
        csrfToken: person?.csrfToken,
        edit: {
          open: edit !== undefined,
          fields: [
            field('computer_model', machine.computer_model ?? ''),
            { ...field('computer_activation', formats.dateField(machine.computer_activation)), type: 'date' },
            { ...field('activation_days', machine.activation_days === null ? '' : String(machine.activation_days)), inputmode: 'numeric' }
          ]
        },
        removal: {
          open: removal !== undefined,
          word: removalWord(machine),
          byId: removalWord(machine) === machine.machine_id,
          given: removal?.given ?? '',
          wrong: removal !== undefined
        },
        sections: Object.entries(machine.facts ?? {}).map(([name, facts]) => ({ name, title: titleOf(name), rows: describeFacts(facts, schemas.get(name), t.titled) }))
      }
    }
  }
}

/** What happened to the key that a machine's agent reports with. */
async function keyMarksOf ({ machine_id: id }: Machine, { credentials, t, formats }: PageContext): Promise<string[]> {
  const [key] = await credentials?.keysOf(id) ?? []
  return [
    ...key?.taken_over_at ? [t.machine.takenOver(formats.instant(key.taken_over_at))] : [],
    ...key?.released_at ? [t.machine.released(formats.instant(key.released_at))] : []
  ]
}
