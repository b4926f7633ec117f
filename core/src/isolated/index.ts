export { childEnvironment } from './child-environment.ts'
export { isolated, type IsolatedOptions } from './isolated.ts'
export { runLimited, type EndedProcess, type LimitedProcessOptions } from './limited-process.ts'
export { moduleFile, packageFile } from './module-file.ts'
