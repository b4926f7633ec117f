/** Names of 64-bit ARM cores by implementer and part, which is all that their kernel tells. As in util-linux's lscpu. */
const cores = new Map([
  ['0x41 0xd03', 'Cortex-A53'], ['0x41 0xd04', 'Cortex-A35'], ['0x41 0xd05', 'Cortex-A55'], ['0x41 0xd07', 'Cortex-A57'],
  ['0x41 0xd08', 'Cortex-A72'], ['0x41 0xd09', 'Cortex-A73'], ['0x41 0xd0a', 'Cortex-A75'], ['0x41 0xd0b', 'Cortex-A76'],
  ['0x41 0xd0c', 'Neoverse-N1'], ['0x41 0xd40', 'Neoverse-V1'], ['0x41 0xd41', 'Cortex-A78'], ['0x41 0xd49', 'Neoverse-N2'],
  ['0x41 0xd4f', 'Neoverse-V2'], ['0xc0 0xac3', 'Ampere-1'], ['0xc0 0xac4', 'Ampere-1a']
])

/** Each kind of core once, `Cortex-A55 + Cortex-A76`; null where one has no name here. */
export function armModel (processors: ReadonlyArray<ReadonlyMap<string, string>>): string | null {
  const names = processors.map((processor) => cores.get(`${processor.get('CPU implementer')} ${processor.get('CPU part')}`))
  return names.length > 0 && names.every((name) => name !== undefined) ? [...new Set(names)].join(' + ') : null
}
