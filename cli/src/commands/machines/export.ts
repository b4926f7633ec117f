import { resolve } from 'node:path'
import { Flags } from '@oclif/core'
import { TatuScanError } from '@tatuscan/core'
import { apiFlags, filterFlags, MachinesCommand, queryOf } from '../../machines/machines-command.ts'

export default class MachinesExport extends MachinesCommand {
  static override summary = 'Write all machines, or those that match, as CSV or JSON'

  static override examples = [
    '<%= config.bin %> machines export > machines.csv',
    '<%= config.bin %> machines export --fields hostname,ip,facts.os.architecture --output machines.csv',
    '<%= config.bin %> machines export --format json --include facts,failures --output machines.json'
  ]

  static override flags = {
    ...apiFlags,
    ...filterFlags,
    format: Flags.option({ summary: 'csv or json', options: ['csv', 'json'] as const, default: 'csv' })(),
    fields: Flags.string({ summary: 'csv: the columns, such as hostname,ip,facts.os.architecture', helpValue: 'NAMES' }),
    include: Flags.string({ summary: 'json: facts, failures, or both with a comma', helpValue: 'PARTS' }),
    output: Flags.string({ summary: 'The file, which is replaced once the export is whole [default: stdout]', char: 'o', helpValue: 'FILE' })
  }

  async run (): Promise<void> {
    const { flags } = await this.parse(MachinesExport)
    const { format, fields, include, output } = flags
    if (format === 'csv' && include !== undefined) throw new TatuScanError('TATUSCAN_INVALID_OPTION', '--include is for --format json; in CSV --fields names facts, such as facts.os.architecture')
    if (format === 'json' && fields !== undefined) throw new TatuScanError('TATUSCAN_INVALID_OPTION', '--fields is for --format csv; JSON holds every field, and facts with --include facts')
    const query = queryOf(flags)
    if (fields !== undefined) query.set('fields', fields)
    if (include !== undefined) query.set('include', include)
    const client = await this.client(flags)
    const answer = await client.stream(`api/machines${format === 'csv' ? '.csv' : ''}?${query}`, format === 'csv' ? 'text/csv' : 'application/json')
    await (await import('../../machines/save-stream.ts')).saveStream(answer, output === undefined ? undefined : resolve(output))
    client.close()
  }
}
