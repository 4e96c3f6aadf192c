/** A shorter `npm run bench:cluster`: many peers join at once, and it does not take a document for each of them to each of them. */
import { expect, test } from 'vitest'
import { joinTogether } from '../../bench/support/join.ts'
import { PeerProcess } from '../../bench/support/peers.ts'
import { discovery } from '../cli/support.ts'

const joins = 15

test('a storm of joins converges, and its documents are sent together', { timeout: 90_000 }, async () => {
  const url = await discovery()
  await using home = new PeerProcess()
  await using one = new PeerProcess()
  await using other = new PeerProcess()
  const manager = await home.join('storm', url, { counted: true })
  const already = { processes: [home], peers: [manager] }
  const { peers } = await joinTogether('storm', url, [one, other], joins, already)
  expect(peers).toHaveLength(joins)
  const { documents, bytes } = await home.effort()
  expect(documents).toBeGreaterThanOrEqual(joins)
  expect(documents / joins).toBeLessThan(joins)
  expect(bytes).toBeGreaterThan(100 * documents)
})
