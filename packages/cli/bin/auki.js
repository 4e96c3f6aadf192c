#!/usr/bin/env node
// Plain JavaScript on purpose: it must still parse on a Node that is too old for the rest, to say so.
const major = Number(process.versions.node.split('.')[0])
if (major < 24) {
  console.error(`auki: needs Node 24 or newer, this is ${process.version}; install one from https://nodejs.org`)
  process.exit(1)
}
const { main } = await import('@auki/cli')
await main()
