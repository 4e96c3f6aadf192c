/** A program that loads or mints a seed when it is told to; with the argument `no-links` on a file system without hard links. */
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { loadOrMintSeed } from '@auki/identity/node'

const [, , path, links] = process.argv
if (links === 'no-links') {
  fs.linkSync = () => {
    throw Object.assign(new Error('EPERM: operation not permitted, link'), { code: 'EPERM' })
  }
  syncBuiltinESMExports()
}

process.on('message', async () => {
  try {
    process.send!({ seed: Buffer.from(await loadOrMintSeed(path!)).toString('hex') })
  } catch (error) {
    process.send!({ error: String(error) })
  }
})
process.send!('ready')
