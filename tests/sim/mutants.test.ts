/** Testing the tester: a simulated world that never complains proves nothing. `npm run sim -- --mutants` hunts every planted bug. */
import { readFileSync } from 'node:fs'
import { editsOf, mutate, playMutant, runSeeds } from '@auki/testkit/sim'
import { expect, test } from 'vitest'
import { mutants } from './mutants.ts'
import { electionMutants } from './mutants-elections.ts'
import { entryMutants } from './mutants-entry.ts'
import { historyMutants } from './mutants-histories.ts'
import { lossMutants } from './mutants-losses.ts'
import { mixedMutants } from './mutants-mixed.ts'
import { moveMutants } from './mutants-moves.ts'

const all = [...mutants, ...electionMutants, ...entryMutants, ...historyMutants, ...lossMutants, ...mixedMutants, ...moveMutants]

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

const patienceMs = 120_000
const common = ['lease-longer-than-the-row', 'outsider-first', 'headless-evicts', 'order-forgotten']

test.each(all.filter(({ name }) => common.includes(name)))('$name is caught soon', { timeout: patienceMs }, async (mutant) => {
  const verdicts = await runSeeds({ first: 1, count: 60, mutant, stopAfter: 1 })
  expect(verdicts.filter(({ violation }) => violation !== undefined).length).toBeGreaterThan(0)
})

test.each(all.filter(({ scenario }) => scenario !== undefined))('$name is caught by $scenario', { timeout: patienceMs }, async (mutant) => {
  const told = readFileSync(new URL(`../scenarios/${mutant.scenario}`, import.meta.url), 'utf8')
  expect(await playMutant(mutant, told)).toContain('BROKEN')
})
