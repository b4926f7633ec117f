import { TatuScanError } from '@tatuscan/core'

/**
 * Sets variables in a file of `NAME=value` lines and leaves every other line as it is: what people wrote there stays.
 *
 * @param changes null takes a variable out
 * @throws {TatuScanError} TATUSCAN_INVALID_OPTION for a name or value that can't stand in such a file
 */
export function editEnvironmentFile (text: string, changes: Readonly<Record<string, string | null>>): string {
  const left = new Map(Object.entries(changes))
  const lines = text.split('\n').flatMap((line) => {
    const name = nameOf(line)
    if (name === undefined || !Object.hasOwn(changes, name)) return [line]
    const value = left.get(name)
    left.delete(name) // a second line of the same name goes, since the last one would count
    return value === undefined || value === null ? [] : [assignment(name, value)]
  })
  while (lines.at(-1) === '') lines.pop()
  for (const [name, value] of left) if (value !== null) lines.push(assignment(name, value))
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`
}

/** The names that such a file sets. */
export function environmentNames (text: string): string[] {
  return text.split('\n').flatMap((line) => nameOf(line) ?? [])
}

function nameOf (line: string): string | undefined {
  return /^\s*([A-Za-z_]\w*)\s*=/.exec(line)?.[1]
}

/** systemd and Node read a value in quotes alike where it holds no quote of that kind and nothing that is escaped. */
function assignment (name: string, value: string): string {
  if (!/^[A-Za-z_]\w*$/.test(name)) throw new TatuScanError('TATUSCAN_INVALID_OPTION', `an environment variable is NAME=value; got the name ${JSON.stringify(name)}`)
  if (/^[\w./:@%+,=~?&-]+$/.test(value)) return `${name}=${value}`
  // eslint-disable-next-line no-control-regex -- lines and NUL are what can't be written
  const plain = !/[\u0000-\u001f\u007f]/.test(value)
  if (plain && !value.includes("'")) return `${name}='${value}'`
  if (plain && !/["\\$`]/.test(value)) return `${name}="${value}"`
  throw new TatuScanError('TATUSCAN_INVALID_OPTION', `the value of ${name} can't be written into a file of settings: it holds line ends, or quotes of both kinds`)
}
