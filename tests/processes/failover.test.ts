/** A shorter `npm run bench:failover`: what happens, not how fast. */
import { expect, test } from 'vitest'
import { Cluster } from '../../bench/support/failover.ts'
import { event, start } from '../cli/support.ts'

test('when the Manager is killed, its row is swept and the survivors agree on one that Discovery has committed', {
  timeout: 90_000
}, async () => {
  const service = start('discovery', '--port', '0', '--json')
  await using cluster = new Cluster('lab', String((await event(service, 'listening'))['url']))
  while (cluster.size < 3) await cluster.grow()
  const [first, second] = [cluster.manager, ...cluster.others]
  await cluster.loseManager()
  expect(cluster.size).toBe(2)
  expect(cluster.manager).toBe(second)
  const commits = service.events.filter((line) => line['name'] === 'lab').map((line) => [line['event'], line['managerPeerId']])
  expect(commits).toEqual([
    ['created', first],
    ['swept', first],
    ['created', second]
  ])
  await cluster.grow()
  expect(cluster.size).toBe(3)
})
