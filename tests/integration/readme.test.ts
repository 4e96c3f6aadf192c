import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const root = new URL('../../', import.meta.url)

/** The example and the line the README says it prints. */
async function example(): Promise<{ code: string; prints: string }> {
  const readme = await readFile(new URL('README.md', root), 'utf8')
  const [, code] = /```ts\n([\s\S]*?)```/.exec(readme) ?? []
  const [, prints] = /It prints `([^`]+)`/.exec(readme) ?? []
  if (code === undefined || prints === undefined) throw new Error('the README has no example, or does not say what it prints')
  return { code, prints }
}

test('the README’s example runs as printed, and prints what the README says', async () => {
  const { code, prints } = await example()
  expect(
    code
      .trim()
      .split('\n')
      .filter((line) => line !== '').length
  ).toBeLessThanOrEqual(20)
  const run = promisify(execFile)
  const args = ['--conditions=@auki/source', '--input-type=module-typescript', '--eval', code]
  const { stdout } = await run(process.execPath, args, { cwd: root })
  expect(stdout.trim()).toBe(prints)
})
