/**
 * Asks V8 for little memory, before anything is loaded: compilers that make code fast and large are for programs that
 * run all the time, while an agent works for some milliseconds a minute. The plain one is used from the first call on:
 * interpreted, a report takes a fifth more. Collectors of the configuration file run that way too; those of --collector
 * and of the folder of facts are processes of their own.
 */
export function keepHeapSmall (): void {
  const { setFlagsFromString } = process.getBuiltinModule('node:v8')
  for (const flag of ['--no-opt', '--no-maglev', '--always-sparkplug', '--semi-space-growth-factor=1']) setFlagsFromString(flag)
}
