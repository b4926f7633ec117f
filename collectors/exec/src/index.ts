export { defaultFactsDir, factsDir, type FactsDirOptions } from './facts-dir.ts'
export { factsFile, type FactsFileOptions } from './facts-file.ts'
