import { extname } from 'node:path'

/** How a file is started. */
export interface FileCommand {
  readonly command: string
  readonly args: readonly string[]
  readonly windowsVerbatimArguments?: boolean
}

/** What Windows can start, by the name of the file; elsewhere its mode says so. */
const windowsExtensions = new Set(['.exe', '.com', '.cmd', '.bat', '.ps1'])

/** Whether a file is one to run. */
export function isExecutable (file: string, mode: number, platform: NodeJS.Platform = process.platform): boolean {
  return platform === 'win32' ? windowsExtensions.has(extname(file).toLowerCase()) : (mode & 0o111) !== 0
}

/** Starts a file itself; on Windows batch files and PowerShell scripts need their interpreter. */
export function commandOf (file: string, platform: NodeJS.Platform = process.platform): FileCommand {
  if (platform !== 'win32') return { command: file, args: [] }
  switch (extname(file).toLowerCase()) {
    case '.cmd': case '.bat':
      return { command: 'cmd.exe', args: ['/d', '/s', '/c', `""${file}""`], windowsVerbatimArguments: true }
    case '.ps1':
      return { command: 'powershell.exe', args: ['-NoLogo', '-NoProfile', '-NonInteractive', '-ExecutionPolicy', 'Bypass', '-File', file] }
    default:
      return { command: file, args: [] }
  }
}
