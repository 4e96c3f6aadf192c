import { expect, test } from 'vitest'
import { coreFileLinesMax, coreFunctionLinesMax, fileLinesTarget, longFiles, longFunctions } from './rules/sizes.ts'
import { isTest, repositoryFiles } from './rules/source.ts'

const sources = repositoryFiles('.ts', '.js')
const planted = (text: string): string[] => longFunctions([{ path: 'a.ts', text }])
const lines = (count: number): string => 'use()\n'.repeat(count)

test('functions fit a screen', () => {
  expect(sources.length).toBeGreaterThan(20)
  expect(longFunctions(sources)).toEqual([])
})

test('files fit a sitting', () => {
  expect(longFiles(sources)).toEqual([])
  const overTarget = longFiles(sources, fileLinesTarget)
  if (overTarget.length > 0) console.info(`over the target, not refused:\n${overTarget.join('\n')}`)
})

test('files and functions of the core are shorter still', () => {
  const core = sources.filter(({ path }) => path.startsWith('packages/domain/src/core/') && !isTest(path))
  expect(core.length).toBeGreaterThan(20)
  expect([...longFiles(core, coreFileLinesMax), ...longFunctions(core, coreFunctionLinesMax)]).toEqual([])
})

test.each([
  ['a function', `function f() {\n${lines(69)}}`],
  ['an arrow', `const f = () => {\n${lines(69)}}`],
  ['a method', `class A {\nm() {\n${lines(69)}}\n}`],
  ['a function around others', `function f() {\n${'const g = () => {\nuse()\n}\n'.repeat(23)}}`],
  ['one test', `test('x', () => {\n${lines(69)}})`]
])('catches %s of 71 lines', (_, text) => {
  expect(planted(text)).toHaveLength(1)
  expect(planted(text.replace('use()\n', ''))).toEqual([])
})

test('does not count the tests of a suite together', () => {
  const suite = `describe('s', () => {\n${"test('x', () => {\nuse()\n})\n".repeat(40)}})`
  const compliance = `export function compliance(runner) {\n${"runner.test('x', async () => {\nuse()\n})\n".repeat(40)}}`
  const table = `describe('s', () => {\n${"test.each([1])('x', () => {\nuse()\n})\n".repeat(40)}})`
  const cases = `export function writes(each) {\n${"each('keeps a row', async () => {\nuse()\n})\n".repeat(40)}}`
  for (const text of [suite, compliance, table, cases]) expect(planted(text)).toEqual([])
})

test('catches a long file, but not a generated one', () => {
  const text = lines(401)
  expect(longFiles([{ path: 'a.ts', text }])).toEqual(['a.ts:400 is 401 lines long; at most 400'])
  expect(longFiles([{ path: 'a.ts', text: lines(400) }])).toEqual([])
  expect(longFiles([{ path: 'packages/a/src/gen/a.ts', text }])).toEqual([])
})
