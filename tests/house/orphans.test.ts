import { expect, test } from 'vitest'
import { orphans } from './rules/orphans.ts'
import { repositoryFiles } from './rules/source.ts'

test('somebody imports every file', () => {
  const files = repositoryFiles('.ts', '.js').filter((file) => !file.path.endsWith('.d.ts'))
  const texts = repositoryFiles('package.json', '.yaml', '.ci/run', 'tsconfig.tools.json')
  expect(files.length).toBeGreaterThan(20)
  expect(orphans(files, texts)).toEqual([])
})

test('catches a file nobody imports, and what only such a file imports', () => {
  const entry = { path: 'packages/a/package.json', text: '{ "exports": "./src/index.ts", "bin": "./bin/a.js" }' }
  const files = [
    { path: 'packages/a/bin/a.js', text: "import '../src/cli.ts'" },
    { path: 'packages/a/src/cli.ts', text: "export const child = new URL('./child.ts', import.meta.url)" },
    { path: 'packages/a/src/child.ts', text: '' },
    { path: 'packages/a/src/index.ts', text: "export * from './used.ts'\nexport type T = import('./types.ts').T" },
    { path: 'packages/a/src/used.ts', text: '' },
    { path: 'packages/a/src/types.ts', text: 'export type T = 1' },
    { path: 'packages/a/src/used.test.ts', text: "import './helper.ts'" },
    { path: 'packages/a/src/helper.ts', text: '' },
    { path: 'packages/a/src/dead.ts', text: "import './dead-too.ts'" },
    { path: 'packages/a/src/dead-too.ts', text: "import './dead.ts'" }
  ]
  expect(orphans(files, [entry])).toEqual([
    'packages/a/src/dead.ts:1 is imported by nobody',
    'packages/a/src/dead-too.ts:1 is imported by nobody'
  ])
})
