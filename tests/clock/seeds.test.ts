/** Clock synchronisation over simulated clocks and paths. `npm run clock-sim` runs more of them, and prints the figures. */
import { judge, judgeScenario, parts, runClockSeeds, scenarios, simulateClocks, Tally } from '@auki/testkit/clock-sim'
import * as time from '@auki/time'
import { expect, test } from 'vitest'
import { broken, isNoticed, run } from './demands.ts'
import { mutants } from './mutants.ts'

test('480 seeds: honest, five times sharper than the reference, and never back', async () => {
  const tallies = await run({ first: 1, count: 480 })
  expect(broken(tallies), 'npm run clock-sim -- --seeds 480 has the figures').toEqual([])
  expect(tallies.mix.readings).toBeGreaterThan(50_000)
  expect(tallies.mix.stepsBack, 'or nothing was promised').toBeGreaterThan(1_000)
})

test('every part of the mix is honest, and no worse than the reference at the 99th percentile', async () => {
  const tallies = await runClockSeeds({ first: 10_001, count: 240 })
  expect([...tallies.keys()].sort()).toEqual([...parts].sort())
  for (const [part, tally] of tallies) {
    const { containment, tailShare } = judge(tally)
    expect(containment, part).toBeGreaterThan(part.endsWith('suspends') ? 0.99 : 0.999) // nobody knows until the first exchange after waking up
    expect(tailShare, part).toBeLessThan(1)
  }
})

/**
 * Known misses. Where both clocks are as coarse as that, a drift of 20 ppm is not told from none for half a minute: a miss of the 99th percentile only.
 * With two samples a minute over 300 ms what is stated is 0.02 ms over its bound of 166 ms, at the 99th percentile.
 */
const knownMisses: Record<string, string[]> = { 'both 1 ms': ['p99 of the error'], 'RTT 300 ms, no beats': ['p99 of what is stated'] }

test.each(scenarios)(
  '%s: no worse than the lowest-uncertainty pick, honest, and over long paths within the shortest round trip and 5 ms',
  (name) => {
    const { missed } = judgeScenario(time, name, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
    expect(
      missed.filter((aim) => !knownMisses[name]?.includes(aim)),
      `npm run clock-sim -- --scenarios 12 --only "${name}"`
    ).toEqual([])
  }
)

test('a seed comes back reading by reading', () => {
  const [first, second] = [1, 2].map(() => {
    const tally = new Tally()
    for (let seed = 1; seed <= 24; seed++) simulateClocks(time, seed, tally)
    return tally
  })
  expect(first!.readings).toBeGreaterThan(1_000)
  expect(second).toEqual(first)
})

test('a planted bug is noticed; npm run check plants them all', async () => {
  expect(await isNoticed(mutants[0]!)).toBe(true)
})
