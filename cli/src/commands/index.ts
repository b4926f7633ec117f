import backup from './backup.ts'
import collect from './collect.ts'
import collectors from './collectors.ts'
import createCollector from './create/collector.ts'
import daemon from './daemon.ts'
import identityReset from './identity/reset.ts'
import identity from './identity.ts'
import importCommand from './import.ts'
import machinesAdd from './machines/add.ts'
import machinesDedupe from './machines/dedupe.ts'
import machinesDelete from './machines/delete.ts'
import machinesExport from './machines/export.ts'
import machinesList from './machines/list.ts'
import machinesRelease from './machines/release.ts'
import machinesSet from './machines/set.ts'
import machinesShow from './machines/show.ts'
import serve from './serve.ts'
import serviceInstall from './service/install.ts'
import serviceRestart from './service/restart.ts'
import serviceStart from './service/start.ts'
import serviceStatus from './service/status.ts'
import serviceStop from './service/stop.ts'
import serviceUninstall from './service/uninstall.ts'
import tokensCreate from './tokens/create.ts'
import tokensList from './tokens/list.ts'
import tokensRevoke from './tokens/revoke.ts'
import usersAdd from './users/add.ts'
import usersList from './users/list.ts'
import usersPassword from './users/password.ts'
import usersRemove from './users/remove.ts'

/** Every command, by its name on the command line. */
export const commands = {
  backup,
  collect,
  collectors,
  'create:collector': createCollector,
  daemon,
  identity,
  'identity:reset': identityReset,
  import: importCommand,
  'machines:add': machinesAdd,
  'machines:dedupe': machinesDedupe,
  'machines:delete': machinesDelete,
  'machines:export': machinesExport,
  'machines:list': machinesList,
  'machines:release': machinesRelease,
  'machines:set': machinesSet,
  'machines:show': machinesShow,
  serve,
  'service:install': serviceInstall,
  'service:restart': serviceRestart,
  'service:start': serviceStart,
  'service:status': serviceStatus,
  'service:stop': serviceStop,
  'service:uninstall': serviceUninstall,
  'tokens:create': tokensCreate,
  'tokens:list': tokensList,
  'tokens:revoke': tokensRevoke,
  'users:add': usersAdd,
  'users:list': usersList,
  'users:password': usersPassword,
  'users:remove': usersRemove
}
