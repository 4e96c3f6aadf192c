/** The README's example in every runtime it names: it prints what the README says, and ends by itself. */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'

const root = new URL('../../', import.meta.url)
const installed = (name: string): string => new URL(`node_modules/.bin/${name}`, root).pathname
const fromSources = '--conditions=@auki/source'

/** How each starts a program. */
const runtimes = [
  ['Node', process.execPath, [fromSources]],
  ['Bun', installed('bun'), [fromSources]],
  ['Deno', installed('deno'), ['run', '--allow-all', '--no-lock', fromSources]]
] as const

/** The example and the line the README says it prints. */
async function example(): Promise<{ code: string; prints: string }> {
  const readme = await readFile(new URL('README.md', root), 'utf8')
  const [, code] = /```ts\n([\s\S]*?)```/.exec(readme) ?? []
  const [, prints] = /It prints `([^`]+)`/.exec(readme) ?? []
  if (code === undefined || prints === undefined) throw new Error('the README has no example, or does not say what it prints')
  return { code, prints }
}

/** As a file where its imports are found, and types may be stripped. */
async function written(code: string): Promise<string> {
  const directory = await mkdtemp(new URL('.readme-', import.meta.url).pathname)
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  const file = join(directory, 'example.ts')
  await writeFile(file, code)
  return file
}

test('it has at most 20 lines', async () => {
  const { code } = await example()
  expect(code.split('\n').filter((line) => line.trim() !== '').length).toBeLessThanOrEqual(20)
})

test.each(runtimes)('%s runs it as printed, and it prints what the README says', async (_, runtime, args) => {
  const { code, prints } = await example()
  const { NODE_OPTIONS: _nodes, ...env } = process.env
  const { stdout } = await promisify(execFile)(runtime, [...args, await written(code)], { cwd: root, env, timeout: 25_000 })
  expect(stdout.trim()).toBe(prints)
})
