/** A cluster outlives its Discovery; `npm run chaos -- --discovery-down 60` is the same for longer. */
import { expect, test } from 'vitest'
import { playOutage } from '../../scripts/chaos/outage.ts'

test('a directory that loses its rows, and one that is away, change nothing about a cluster', { timeout: 120_000 }, async () => {
  const { rulings } = await playOutage({ seed: 1, peers: 3, downMs: 6_000 })
  expect(rulings.flatMap(({ rule, violations }) => violations.map((text) => `${rule}: ${text}`))).toEqual([])
  const asked = rulings.filter(({ checks }) => checks > 0).map(({ rule }) => rule)
  expect(asked).toEqual(
    expect.arrayContaining([
      'rows lost: the same Manager registers again, nobody is elected',
      'rows lost: members keep their join times',
      'Discovery away for 6 s: the same Manager registers again, nobody is elected',
      'Discovery away for 6 s: joins get a clear answer',
      'Discovery away for 6 s: heartbeats go on',
      'Discovery away for 6 s: streams go on',
      'Discovery away for 6 s: recovery takes less than 2000 ms',
      'never two confirmed Managers at one instant'
    ])
  )
})
