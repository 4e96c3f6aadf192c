import { expect, test } from 'vitest'
import { Random } from '../../packages/testkit/src/sim/random.ts'
import { longFreezeMs, planRound, roundMsMin } from '../../scripts/chaos/plan.ts'

const plan = (seed: number, peers = 7, roundMs = 20_000) => planRound(new Random(seed), peers, roundMs)

test('a seed gives the same plan again, another seed another', () => {
  expect(plan(1)).toEqual(plan(1))
  expect(plan(1)).not.toEqual(plan(2))
})

test('every round stops a Manager for 10 s, and ends with everything undone', () => {
  for (let seed = 1; seed <= 200; seed++) {
    for (const roundMs of [roundMsMin, 20_000]) {
      const faults = plan(seed, 4, roundMs)
      expect(faults).toContainEqual(expect.objectContaining({ what: 'freeze', victim: 'manager', forMs: longFreezeMs }))
      for (const { atMs, forMs } of faults) expect(atMs + forMs).toBeLessThanOrEqual(roundMs)
      expect(faults.map(({ atMs }) => atMs)).toEqual(faults.map(({ atMs }) => atMs).toSorted((a, b) => a - b))
    }
  }
})

test('everything that can go wrong does', () => {
  const drawn = Array.from({ length: 50 }, (_, at) => plan(at + 1)).flat()
  const kinds = new Set(drawn.map((fault) => (fault.what === 'cut' ? `cut ${fault.oneWay}` : fault.what)))
  expect([...kinds].sort()).toEqual(['cut false', 'cut true', 'freeze', 'freeze-discovery', 'kill', 'kill-discovery', 'leave'])
  expect(drawn.some((fault) => fault.what === 'cut' && fault.others.length > 1 && fault.others.includes('discovery'))).toBe(true)
})
