import { readActivation, TatuScanError, type Machine, type MachineChanges } from '@tatuscan/core'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { MakePage, PageContext } from './page.ts'
import { findMachine, machinePage, machinePageWith, removalWord } from './pages/machine.ts'

type Form = Readonly<Record<string, string | undefined>>

const formBytes = 16_384
const config = { access: 'admin', page: true } as const
const schema = { hide: true } as const

/** What a person changes on a machine's page, by `POST /machines/:id`: what is set by hand; or, by a form that holds the hostname, whether it is kept at all. */
export function machineForms (app: FastifyInstance, show: (request: FastifyRequest, reply: FastifyReply, make: MakePage) => Promise<unknown>): void {
  // Whatever parser the host has: fields are read alike everywhere
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string', bodyLimit: formBytes }, async (_request: FastifyRequest, body: string) => Object.fromEntries(new URLSearchParams(body)))
  app.addHook('preHandler', async (request) => { checkOrigin(request) })

  app.post('/machines/:id', { config, schema }, async (request, reply) => await show(request, reply, async (context) => {
    const form = (request.body ?? {}) as Form
    const machine = await findMachine(context)
    if (machine === undefined) return await machinePage(context)
    return form.hostname === undefined ? await edit(machine, form, context) : await remove(machine, form.hostname.trim(), context)
  }))

  async function remove (machine: Machine, given: string, context: PageContext): ReturnType<MakePage> {
    if (given !== removalWord(machine)) return await machinePageWith({ removal: { given } })(context)
    // Its key first: a report that came in between would make it anew
    if (app.hasDecorator('credentials')) await app.credentials.removeKeys(machine.machine_id)
    await context.machines.remove(machine.machine_id)
    return { redirect: context.links.report({ removed: 1 }) }
  }
}

async function edit (machine: Machine, form: Form, context: PageContext): ReturnType<MakePage> {
  const { machines, links } = context
  const { changes, wrong } = readForm(machine, form, context)
  if (Object.keys(wrong).length > 0) return await machinePageWith({ edit: { form, wrong } })(context)
  await machines.update(machine.machine_id, changes)
  return { redirect: `${links.machine(machine.machine_id)}?saved=1` }
}

/** What a form changes of what it showed, `was_…`, and what is wrong with each of its fields that can't be taken: somebody else may have changed the rest meanwhile. */
function readForm (machine: Machine, form: Form, { formats, t, timeZone }: PageContext): { changes: Partial<MachineChanges>, wrong: Record<string, string> } {
  const { computer_model: model, computer_activation: activation, activation_days: days } = Object.fromEntries(Object.entries(form).filter(([name, value]) => value !== form[`was_${name}`]))
  const wrong: Record<string, string> = {}
  const changes: Partial<MachineChanges> = {}
  if (model !== undefined) {
    if ([...model].length > 100) wrong.computer_model = t.machine.tooLong
    else changes.computer_model = model.replaceAll('\0', '').trim() || null
  }
  if (activation !== undefined && activation !== formats.dateField(machine.computer_activation)) { // its time of day is kept unless the day is another
    try {
      changes.computer_activation = readActivation(activation.trim(), timeZone)
    } catch {
      wrong.computer_activation = t.machine.noDate
    }
  }
  if (days !== undefined) {
    if (!/^\s*(-?\d{1,9})?\s*$/.test(days)) wrong.activation_days = t.machine.noDays
    else changes.activation_days = days.trim() === '' ? null : Number(days)
  }
  return { changes, wrong }
}

/**
 * A form comes from these pages themselves: where a session's token was asked for, that is known already; elsewhere the
 * browser says from where it comes.
 *
 * @throws {TatuScanError} TATUSCAN_FORBIDDEN
 */
function checkOrigin ({ headers, host, requester }: FastifyRequest): void {
  if (requester?.kind === 'person' && requester.csrfToken !== undefined) return
  const { origin, 'sec-fetch-site': site } = headers
  const own = site !== undefined ? site === 'same-origin' || site === 'none' : origin === undefined || hostOf(origin) === host
  if (!own) throw new TatuScanError('TATUSCAN_FORBIDDEN', 'a form is taken from the pages of this server alone')
}

function hostOf (origin: string): string | undefined {
  return URL.parse(origin)?.host
}
