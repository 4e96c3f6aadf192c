import { expect, test } from 'vitest'
import { listingViolations, versionViolations } from './rules/dependencies.ts'
import { read, repositoryFiles } from './rules/source.ts'

const manifests = repositoryFiles('package.json')
const planted = (dependencies: Record<string, string>) => [{ path: 'package.json', text: JSON.stringify({ dependencies }) }]

test('every dependency is one exact version', () => {
  expect(manifests.length).toBeGreaterThan(10)
  expect(versionViolations(manifests)).toEqual([])
})

test('docs/dependencies.md lists every dependency and no other', () => {
  expect(listingViolations(manifests, read('docs/dependencies.md'))).toEqual([])
})

test('catches ranges and disagreement', () => {
  expect(versionViolations([...planted({ zod: '^4.0.0', ok: '1.2.3', '@auki/time': '0.1.0' }), ...planted({ ok: '1.2.4' })])).toEqual([
    'zod ^4.0.0 is not one exact version',
    'ok is asked for as 1.2.3 and 1.2.4'
  ])
})

test('takes a package under another name, of one exact version', () => {
  const aliases = planted({ 'zod-3': 'npm:zod@3.0.0', 'scoped-3': 'npm:@scope/scoped@3.0.0', 'zod-4': 'npm:zod@^4.0.0' })
  expect(versionViolations(aliases)).toEqual(['zod-4 npm:zod@^4.0.0 is not one exact version'])
})

test('catches a dependency that is not listed and a row without one', () => {
  const page = { path: 'docs/dependencies.md', text: '| package | … |\n|---|---|\n| `known` | … |\n| `gone` | … |' }
  expect(listingViolations(planted({ known: '1.0.0', fresh: '1.0.0' }), page)).toEqual([
    'docs/dependencies.md lacks fresh',
    'docs/dependencies.md has gone, which nothing depends on'
  ])
})
