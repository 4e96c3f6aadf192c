/** A shorter `npm run race`. */
import { expect, test } from 'vitest'
import { PeerProcess } from '../../bench/support/peers.ts'
import { race } from '../../bench/support/race.ts'
import { discovery } from '../cli/support.ts'

const runs = 5

test('two processes that ask for the same new cluster at the same moment end in one', async () => {
  const url = await discovery()
  await using one = new PeerProcess()
  await using other = new PeerProcess()
  const results = []
  for (let run = 1; run <= runs; run++) results.push(await race(`race-${run}`, url, [one, other]))
  expect(results.map(({ cluster }) => cluster)).toEqual(['race-1', 'race-2', 'race-3', 'race-4', 'race-5'])
  expect(new Set(results.flatMap(({ first, second }) => [first, second])).size).toBe(2 * runs)
})
