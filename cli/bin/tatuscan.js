#!/usr/bin/env node
// Plain JavaScript that an old Node can parse too, so that it can say that it is too old.
const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 20)) {
  console.error(`tatuscan needs Node.js 22.20 or newer, and this is ${process.versions.node}: install a newer one from https://nodejs.org`)
  process.exit(2)
}
import('./start.js')
