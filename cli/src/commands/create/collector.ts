import { Args, Flags } from '@oclif/core'
import { AgentCommand, commonFlags } from '../../agent-command.ts'
import { print } from '../../output.ts'

export default class CreateCollector extends AgentCommand {
  static override summary = 'Make the package of a new collector, whose test passes'

  static override description = 'Writes package.json, README.md, src/index.ts and a test that holds it against what every collector promises. ' +
    'Nothing that is there is overwritten.'

  static override examples = ['<%= config.bin %> create collector gpu', '<%= config.bin %> create collector licences --folder ./licences']

  static override args = { name: Args.string({ required: true, description: 'The noun under which its facts appear' }) }

  static override flags = {
    ...commonFlags,
    folder: Flags.string({ summary: 'Folder to make [default: tatuscan-collector-NAME]', env: 'TATUSCAN_FOLDER', helpValue: 'FOLDER' }),
    json: Flags.boolean({ summary: 'Print what was made as JSON', env: 'TATUSCAN_JSON' })
  }

  async run (): Promise<void> {
    const { args: { name }, flags } = await this.parse(CreateCollector)
    const folder = flags.folder || `tatuscan-collector-${name}`
    const { createCollector } = await import('../../create-collector.ts')
    const { builtInCollectors } = await import('../../built-in-collectors.ts')
    const files = await createCollector({ name, folder, taken: builtInCollectors().map(({ name }) => name) })
    if (flags.json) return await print(JSON.stringify({ folder, files }, undefined, 2))
    await print(`Made ${folder}: ${files.join(', ')}\nNext: cd ${folder} && npm install && npm test, then tatuscan collect --collector .`)
  }
}
