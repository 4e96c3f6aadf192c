/** Runs of the simulated world: everything that can go wrong does, and the rules hold. `npm run sim` runs more of them. */
import { readFileSync } from 'node:fs'
import * as core from '@auki/domain/core'
import { simulate, storyOf } from '@auki/testkit/sim'
import { expect, test } from 'vitest'

const patienceMs = 120_000 // a busy machine; alone it takes a few seconds

test('200 seeds', { timeout: patienceMs }, () => {
  let mixed = 0
  for (let seed = 1; seed <= 200; seed++) {
    const { violation, summary } = simulate({ core, seed })
    if (summary.includes('mixed')) mixed++
    expect(violation, `seed ${seed} (${summary}); replay: npm run sim -- --seed ${seed}`).toBeUndefined()
  }
  expect(mixed, 'runs with peers that follow other rules').toBeGreaterThan(20)
})

test('100 seeds tell the stories that were recorded', { timeout: patienceMs }, () => {
  const known = readFileSync(new URL('stories.txt', import.meta.url), 'utf8').split('\n')
  expect(known).toHaveLength(3_001)
  for (let seed = 1; seed <= 100; seed++) {
    const told = storyOf(simulate({ core, seed, detail: 'told' }))
    expect(told, `seed ${seed} tells something else; if the rules were changed on purpose: npm run stories -- --record`).toBe(
      known[seed - 1]
    )
  }
})

test('a seed comes back step by step', () => {
  for (const seed of [3, 14, 159]) {
    // the first has peers by other rules in it
    const [first, second] = [1, 2].map(() => simulate({ core, seed, detail: 'full' }))
    expect(first!.transcript.length).toBeGreaterThan(100)
    expect(second).toEqual(first)
    expect(simulate({ core, seed }).hash).toBe(first!.hash)
  }
})
