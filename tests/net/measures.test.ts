/** What the lab measures is what it says, and a bound can be missed. */
import { expect, test } from 'vitest'
import { Checks } from '../../scripts/net/checks.ts'
import { ages, arrivals, longestPause, percentile } from '../../scripts/net/measures.ts'
import { casesOf, runAll } from '../../scripts/net/run.ts'
import type { Scenario } from '../../scripts/net/scenario.ts'
import { scenarios } from '../../scripts/net/scenarios/index.ts'

const stream = { atMs: [10, 20, 70, 100], agesMs: [1, 2, 3, 4] }

test('a pause reaches from the span to its ends, also where nothing came at all', () => {
  expect(longestPause(stream, 0, 110)).toBe(50)
  expect(longestPause(stream, 15, 25)).toBe(5)
  expect(longestPause(stream, 100, 400)).toBe(300)
  expect(longestPause({ atMs: [] }, 0, 60)).toBe(60)
})

test('what came within a span counts, and how old it was', () => {
  expect(arrivals(stream, 20, 70)).toBe(2)
  expect(ages(stream, 20, 70)).toEqual([2, 3])
  expect(percentile([5, 1, 3], 0.5)).toBe(3)
  expect(percentile([], 0.5)).toBeNaN()
})

const verdicts = (find: (checks: Checks) => void): string[] => {
  const checks = new Checks()
  find(checks)
  return checks.findings.map(({ verdict }) => verdict)
}

test.each<[string, (checks: Checks) => void]>([
  ['too long', (checks) => checks.within('x', 11, 10)],
  ['never', (checks) => checks.within('x', Number.POSITIVE_INFINITY, 10)],
  ['no figure', (checks) => checks.within('x', Number.NaN, 10)],
  ['too few', (checks) => checks.atLeast('x', 1, 2)],
  ['something', (checks) => checks.none('x', ['a went'])],
  ['not so', (checks) => checks.sure('x', false)]
])('a bound is missed by %s', (_, find) => {
  expect(verdicts(find)).toEqual(['MISSED'])
})

const scenario = (run: (checks: Checks) => void): Scenario => ({
  name: 'planted',
  what: '',
  cases: () => [{ title: '', run: async (checks) => run(checks) }]
})

test('a scenario that breaks off, or checks nothing, is a bound that was missed', async () => {
  const broken = scenario((checks) => {
    checks.within('x', 1, 10)
    throw new Error('the switch has ended')
  })
  const rows = await runAll(casesOf([broken, scenario(() => {})], 'short', []), () => {})
  expect(rows.map(({ verdict }) => verdict)).toEqual(['held', 'MISSED', 'MISSED'])
  expect(rows[1]!.measured).toBe('the switch has ended')
})

test('every scenario has a name of its own, and a long form', () => {
  expect(new Set(scenarios.map(({ name }) => name)).size).toBe(scenarios.length)
  for (const { name, cases } of scenarios) expect(cases('long'), name).not.toEqual([])
})

test('a scenario is named, or a case of it', () => {
  const two = (run: () => Promise<void>): Scenario => ({
    name: 'x',
    what: '',
    cases: () => ['1 s', '2 s'].map((title) => ({ title, run }))
  })
  const named = (...names: string[]) => casesOf([two(async () => {}), scenario(() => {})], 'long', names).map(({ name }) => name)
  expect(named()).toEqual(['x 1 s', 'x 2 s', 'planted'])
  expect(named('x')).toEqual(['x 1 s', 'x 2 s'])
  expect(named('planted', 'x 2 s')).toEqual(['x 2 s', 'planted'])
  expect(() => named('y')).toThrow(RangeError)
})
