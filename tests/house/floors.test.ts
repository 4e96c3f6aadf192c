import { expect, test } from 'vitest'
import { type Floors, floorViolations, type OwnImports } from './rules/floors.ts'
import { read, repositoryFiles } from './rules/source.ts'

/** The lowest first. The top one puts everything together. */
const network: Floors = {
  floors: [
    'settings.ts',
    'protocols/',
    'swarm/node-limits.ts',
    'swarm/turns/',
    'swarm/patches/',
    'exchange/chunks.ts',
    'exchange/substream.ts',
    'swarm/',
    'exchange/',
    'streams/',
    'runtime/',
    'index.ts'
  ],
  beside: { 'discovery/': ['settings.ts', 'protocols/', 'swarm/', 'exchange/'] }
}

test('the network package has floors, and imports point down', () => {
  const files = repositoryFiles('.ts').filter(({ path }) => path.startsWith('packages/network/src/'))
  const manifest = JSON.parse(read('packages/network/package.json').text) as OwnImports
  expect(files.length).toBeGreaterThan(50)
  expect(floorViolations('network', network, files, manifest)).toEqual([])
})

const planted: Floors = { floors: ['low/first.ts', 'low/', 'high/', 'index.ts'], beside: { 'wing/': ['low/'] } }
const manifest: OwnImports = { imports: { '#top': { '@auki/source': './src/high/a.ts' } } }

test.each([
  ['upwards', 'low/a.ts', "import '../high/a.ts'", 'low/ must not import ../high/a.ts (high/)'],
  ['upwards, type only', 'low/a.ts', "import type { A } from '../high/a.ts'", 'low/ must not import ../high/a.ts (high/)'],
  ['upwards inside a folder', 'low/first.ts', "import './b.ts'", 'low/first.ts must not import ./b.ts (low/)'],
  ['upwards by a name of its own', 'low/a.ts', "import '#top'", 'low/ must not import #top (high/)'],
  ['from beside', 'wing/a.ts', "import '../high/a.ts'", 'wing/ must not import ../high/a.ts (high/)'],
  ['to beside', 'high/a.ts', "import '../wing/a.ts'", 'high/ must not import ../wing/a.ts (wing/)'],
  ['to no floor', 'high/a.ts', "import '../loose.ts'", 'high/ must not import ../loose.ts (no floor)']
])('catches an import %s', (_, path, text, what) => {
  expect(floorViolations('x', planted, [{ path: `packages/x/src/${path}`, text }], manifest)).toEqual([`packages/x/src/${path}:1 ${what}`])
})

test('catches a file that is on no floor', () => {
  expect(floorViolations('x', planted, [{ path: 'packages/x/src/loose.ts', text: '' }])).toEqual([
    'packages/x/src/loose.ts:1 is on no floor of x'
  ])
})

test('lets through what points down, stays on its floor, or is a test', () => {
  const file = (path: string, text: string) => ({ path: `packages/x/src/${path}`, text })
  const files = [
    file('high/a.ts', "import '../low/a.ts'\nimport './b.ts'\nimport 'zod'"),
    file('low/a.ts', "import './first.ts'"),
    file('wing/a.ts', "import '../low/a.ts'"),
    file('index.ts', "import './wing/a.ts'\nimport './high/a.ts'"),
    file('low/a.test.ts', "import '../high/a.ts'")
  ]
  expect(floorViolations('x', planted, files, manifest)).toEqual([])
})
