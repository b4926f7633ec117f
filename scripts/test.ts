/**
 * `npm test`: runs AVA with the arguments it is given, and closes with the line `N passed, N failed, N skipped`.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { styleText, stripVTControlCharacters } from 'node:util'

// A test must not depend on what happens to be set on the machine that runs it.
for (const name of Object.keys(process.env)) {
  if (/^(TATUSCAN_(?!TEST_)|SQLALCHEMY_)|^(PORT|HOST_PORT|TIMEZONE|SECRET_KEY)$/.test(name)) delete process.env[name]
}

// Hundreds of tests start a process of their own: each need not compile what another has compiled.
const compiled = mkdtempSync(join(tmpdir(), 'tatuscan-compiled-'))
process.on('exit', () => rmSync(compiled, { recursive: true, force: true }))
process.env.NODE_COMPILE_CACHE = compiled
process.on('SIGINT', () => {}) // AVA has it too, and ends by itself

const cli = fileURLToPath(new URL('../node_modules/ava/entrypoints/cli.js', import.meta.url))
const ava = spawn(process.execPath, [cli, ...process.argv.slice(2)], { stdio: ['inherit', 'pipe', 'inherit'] })
let output = ''
ava.stdout.setEncoding('utf8').on('data', (chunk: string) => {
  output += chunk
  process.stdout.write(chunk)
})
ava.on('close', (code) => {
  const summary = stripVTControlCharacters(output).slice(-2000)
  const count = (what: string) => Number(new RegExp(`^\\s*(\\d+) (?:known )?(?:tests?|uncaught exceptions?|unhandled rejections?) ${what}$`, 'm').exec(summary)?.[1] ?? 0)
  const passed = count('passed') || [...stripVTControlCharacters(output).matchAll(/^\s*✔ /gm)].length // AVA tells no sum beside failures
  const line = `${passed} passed, ${count('failed')} failed, ${count('skipped')} skipped`
  console.log(`\n${code === 0 ? line : styleText('red', line, { stream: process.stdout })}`)
  process.exitCode = code ?? 1
})
