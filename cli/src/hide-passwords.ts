/** The password of a URL, wherever in an argument it stands: before its host, or as a parameter. */
const password = /(:\/\/[^/?#\s:@]*:)[^/?#\s]*(@)|([?&](?:password|passwd|pwd)=)[^&#\s]*/gi

/** Arguments as others may see them; undefined: as they are. */
export function withoutPasswords (argv: readonly string[]): string[] | undefined {
  const shown = argv.map((argument) => argument.replaceAll(password, '$1$3…$2'))
  return shown.some((argument, index) => argument !== argv[index]) ? shown : undefined
}

/** Everybody on a machine may list its processes, with their arguments: from now on those of this one hold no password. */
export function hidePasswords (argv: readonly string[]): void {
  const shown = withoutPasswords(argv)
  if (shown !== undefined) process.title = ['tatuscan', ...shown].join(' ')
}
