import { expect, test } from 'vitest'
import { errorTexts, longConstructors, sameNames, strayNumbers, untoured } from './rules/shapes.ts'
import { repositoryFiles, type SourceFile } from './rules/source.ts'

const files = repositoryFiles('.ts')
const path = 'packages/a/src/a.ts'
const planted = (text: string): SourceFile[] => [{ path, text }]

test('no two files of a package have one name', () => {
  expect(sameNames(files)).toEqual([])
})

test('a constructor has few parameters', () => {
  expect(longConstructors(files)).toEqual([])
})

test('what an error says is worked out in one place', () => {
  expect(errorTexts(files)).toEqual([])
})

test('a package opens with what it is for', () => {
  expect(untoured(files)).toEqual([])
})

test('durations and caps stand where a package declares them', () => {
  // The testkit is not shipped: a check's figures stand beside the check.
  const shipped = files.filter((file) => !file.path.startsWith('packages/testkit/'))
  expect(strayNumbers(shipped)).toEqual([])
})

test('catches a second file of one name, but not a second index', () => {
  const named = (...paths: string[]): SourceFile[] => paths.map((each) => ({ path: each, text: '' }))
  expect(sameNames(named('packages/a/src/x/one.ts', 'packages/a/src/y/one.ts'))).toEqual([
    'packages/a/src/y/one.ts:1 has the name of packages/a/src/x/one.ts'
  ])
  expect(
    sameNames(named('packages/a/src/index.ts', 'packages/a/src/x/index.ts', 'packages/b/src/one.ts', 'packages/c/src/one.ts'))
  ).toEqual([])
  expect(sameNames(named('packages/a/src/one.test.ts', 'packages/a/src/x/one.test.ts'))).toEqual([])
})

test('catches a constructor with four parameters', () => {
  const made = (parameters: string): SourceFile[] => planted(`class A { constructor(${parameters}) {} m(a, b, c, d) {} }`)
  expect(longConstructors(made('a, b, c, d'))).toEqual([`${path}:1 a constructor with 4 parameters; more than 3 are an object`])
  expect(longConstructors(made('a, b, c'))).toEqual([])
})

test('catches an error made text by hand', () => {
  expect(errorTexts(planted('const why = error instanceof Error ? error.message : String(error)'))).toHaveLength(1)
  expect(errorTexts(planted('const why = error instanceof Error ? error.stack : f(error.message)'))).toEqual([])
})

test('catches a package without a tour', () => {
  const index = (text: string): SourceFile[] => [{ path: 'packages/a/src/index.ts', text }]
  expect(untoured(index("export * from './a.ts'\n"))).toHaveLength(1)
  expect(untoured(index("/** What it is for. */\nexport * from './a.ts'\n"))).toEqual([])
})

test.each([
  'const lookMs = 100',
  'export const framesMax = 2 * 1_024',
  'const lifeNs = 5n * 1_000_000n',
  'setTimeout(look, 100)',
  'const timer = globalThis.setInterval(look, 2 ** 30)',
  'AbortSignal.timeout(5_000)'
])('catches a number out of its place: %s', (text) => {
  expect(strayNumbers(planted(text))).toHaveLength(1)
  expect(strayNumbers([{ path: 'packages/a/src/settings.ts', text }])).toEqual([])
})

test('lets through formats, ranges, units, sums that are worked out, and turns of the event loop', () => {
  const texts = ['const headerBytes = 8', 'const u64Max = 2n ** 64n', 'const secondNs = 1_000_000_000n', 'setTimeout(look, 0)']
  const local = 'function f(beganMs: number) { const tookMs = 5; setTimeout(look, pauseMs); return performance.now() - beganMs - tookMs }'
  for (const text of [...texts, local]) expect(strayNumbers(planted(text))).toEqual([])
})
