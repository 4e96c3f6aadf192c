/** A shorter `npm run race`. */
import { expect, test } from 'vitest'
import { startDiscovery } from '../../bench/support/discovery.ts'
import { PeerProcess } from '../../bench/support/peers.ts'
import { race } from '../../bench/support/race.ts'

const runs = 5

test('two processes that ask for the same new cluster at the same moment end in one', async () => {
  await using discovery = await startDiscovery()
  await using one = new PeerProcess()
  await using other = new PeerProcess()
  const results = []
  for (let run = 1; run <= runs; run++) results.push(await race(`race-${run}`, discovery.url, [one, other]))
  expect(results.map(({ cluster }) => cluster)).toEqual(['race-1', 'race-2', 'race-3', 'race-4', 'race-5'])
  expect(new Set(results.flatMap(({ first, second }) => [first, second])).size).toBe(2 * runs)
})
