import collect from './collect.ts'
import collectors from './collectors.ts'
import daemon from './daemon.ts'
import importCommand from './import.ts'
import serve from './serve.ts'

/** Every command, by its name on the command line. */
export const commands = { collect, collectors, daemon, import: importCommand, serve }
