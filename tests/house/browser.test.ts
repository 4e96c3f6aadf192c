import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { browser } from '../../scripts/checks/browser.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'auki-browser-'))
})
afterEach(() => rm(directory, { recursive: true }))

async function check(app: string): Promise<string> {
  const entry = join(directory, 'app.ts')
  await writeFile(entry, app)
  return browser(entry)
}

const program =
  "const peerId = new TextDecoder().decode(crypto.getRandomValues(new TextEncoder().encode('me')).fill(65))\nreport({ peerId, exports: 1, catalog: ['x'] })"

async function dependency(manifest: object, code = 'export const x = 1'): Promise<string> {
  await mkdir(join(directory, 'node_modules/planted'), { recursive: true })
  await writeFile(join(directory, 'node_modules/planted/package.json'), JSON.stringify({ name: 'planted', main: 'index.js', ...manifest }))
  await writeFile(join(directory, 'node_modules/planted/index.js'), code)
  return `import * as planted from 'planted'\nvoid planted\n${program}`
}

test('runs what needs the web only', async () => {
  expect(await check(program)).toMatch(/^1 exports in .* as AA it lists x$/)
})

test.each(["import 'node:fs'", "import { createHash } from 'crypto'\nvoid createHash", "await import('node:net')"])(
  'catches %s',
  async (line) => {
    await expect(check(`${line}\n${program}`)).rejects.toThrow(/app\.ts.*Could not resolve/)
  }
)

test('catches a built-in that a package replaces by nothing', async () => {
  const app = await dependency({ browser: { fs: false } }, "module.exports = require('fs')")
  await expect(check(app)).rejects.toThrow(/planted\/index\.js imports fs/)
})

test('catches native code', async () => {
  const app = await dependency({ dependencies: { 'node-gyp-build': '1.0.0' } })
  await expect(check(app)).rejects.toThrow(/planted is native code/)
})

test('catches a program that does not report', async () => {
  await expect(check('globalThis.x = 1')).rejects.toThrow('without a report')
})

test.each(['process.version', "Buffer.from('x')", 'setImmediate(() => {})', 'global.x = 1', "require('x')"])(
  'catches the use of %s',
  async (line) => {
    await expect(check(`${line}\n${program}`)).rejects.toThrow(/is not defined|Could not resolve/)
  }
)
