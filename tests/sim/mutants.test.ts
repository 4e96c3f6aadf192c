/**
 * Testing the tester: a simulated world that never complains proves nothing. Those that a scenario catches are played by `npm run check`;
 * `npm run sim -- --mutants` hunts every planted bug.
 */
import { readFileSync } from 'node:fs'
import { editsOf, mutate, runSeeds } from '@auki/testkit/sim'
import { expect, test } from 'vitest'
import { allMutants as all } from './all-mutants.ts'

test.each(all)('$name fits the core', (mutant) => {
  for (const edit of editsOf(mutant)) {
    const source = readFileSync(new URL(`../../packages/domain/src/core/${edit.file}`, import.meta.url), 'utf8')
    expect(mutate(source, mutant.name, edit)).not.toBe(source)
  }
})

test('a mutant that the core has outgrown is noticed', () => {
  expect(() => mutate('const a = 1', 'm', { file: 'a.ts', find: 'const b', replace: '' })).toThrow('0 times')
  expect(() => mutate('1 + 1', 'm', { file: 'a.ts', find: '1', replace: '2' })).toThrow('2 times')
})

const common = ['lease-longer-than-the-row', 'outsider-first', 'headless-evicts', 'order-forgotten']

test.each(all.filter(({ name }) => common.includes(name)))('$name is caught soon', { timeout: 120_000 }, async (mutant) => {
  const verdicts = await runSeeds({ first: 1, count: 60, mutant, stopAfter: 1 })
  expect(verdicts.filter(({ violation }) => violation !== undefined).length).toBeGreaterThan(0)
})
