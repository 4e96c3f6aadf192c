import { expect, test } from 'vitest'
import { dependencyLayerViolations, layerViolations, type Manifest, undeclaredImports } from './rules/layers.ts'
import { isGenerated, repositoryFiles } from './rules/source.ts'

const sources = repositoryFiles('.ts').filter((file) => /^packages\/[^/]+\/src\//.test(file.path) && !isGenerated(file.path))
const manifests = repositoryFiles('package.json')
  .filter((file) => file.path.startsWith('packages/'))
  .map((file) => JSON.parse(file.text) as Manifest)

test('imports point down', () => {
  expect(sources.length).toBeGreaterThan(20)
  expect(layerViolations(sources)).toEqual([])
})

test('packages depend on lower packages only', () => {
  expect(manifests.length).toBeGreaterThan(10)
  expect(dependencyLayerViolations(manifests)).toEqual([])
})

test('what is imported is declared', () => {
  expect(undeclaredImports(sources, manifests)).toEqual([])
})

test.each([
  ['upwards', 'packages/session/src/a.ts', "import { Domain } from '@auki/domain'", 'session must not import @auki/domain'],
  ['upwards, type only', 'packages/time/src/a.ts', "import type { Peer } from '@auki/session'", 'time must not import @auki/session'],
  [
    'upwards by re-export',
    'packages/time/src/a.ts',
    "export * from '@auki/network/protocols'",
    'time must not import @auki/network/protocols'
  ],
  ['upwards at run time', 'packages/time/src/a.ts', "export const f = () => import('@auki/session')", 'time must not import @auki/session'],
  ['upwards in a type', 'packages/time/src/a.ts', "export type P = import('@auki/session').Peer", 'time must not import @auki/session'],
  ['discovery into the SDK', 'packages/discovery/src/a.ts', "import '@auki/network'", 'discovery must not import @auki/network'],
  ['testkit outside a test', 'packages/time/src/a.ts', "import '@auki/testkit'", 'time must not import @auki/testkit'],
  [
    'past the core',
    'packages/testkit/src/a.ts',
    "import '../../domain/src/shell/a.ts'",
    'leaves its package by ../../domain/src/shell/a.ts'
  ],
  ['of what is for tests', 'packages/time/src/a.ts', "import './testing/clock.ts'", './testing/clock.ts is for tests'],
  ['of what is for tests elsewhere', 'packages/time/src/a.ts', "import '@auki/canonical/testing'", '@auki/canonical/testing is for tests'],
  ['around the exports', 'packages/time/src/a.ts', "import '../../session/src/peer.ts'", 'leaves its package by ../../session/src/peer.ts'],
  ['unknown package', 'packages/extra/src/a.ts', '', 'the package "extra" has no place in the list of layers']
])('catches an import %s', (_, path, text, what) => {
  expect(layerViolations([{ path, text }])).toEqual([`${path}:1 ${what}`])
})

test('lets through what points down', () => {
  const down = {
    path: 'packages/session/src/a/b.ts',
    text: "import '../c.ts'\nimport '@auki/time'\nimport 'zod'\nimport 'node:fs'\nimport '@auki/session'"
  }
  const simulated = { path: 'packages/testkit/src/sim/core.ts', text: "import '../../../domain/src/core/step.ts'" }
  const inTest = { path: 'packages/time/src/a.test.ts', text: "import '@auki/testkit'" }
  expect(layerViolations([down, simulated, inTest])).toEqual([])
})

test('catches a dependency that points up', () => {
  const upward = { name: '@auki/time', dependencies: { '@auki/canonical': '1.0.0', '@auki/session': '1.0.0' } }
  expect(dependencyLayerViolations([upward])).toEqual(['@auki/time must not depend on @auki/session'])
})

test('catches an import that is not declared', () => {
  const manifest = { name: '@auki/time', dependencies: { '@scope/known': '1.0.0', '@auki/canonical': '1.0.0' } }
  const file = { path: 'packages/time/src/a.ts', text: "import '@scope/known/deep'\nimport '@auki/canonical'\nimport 'zod'" }
  expect(undeclaredImports([file], [manifest])).toEqual(['packages/time/src/a.ts:3 time does not declare zod'])
})
