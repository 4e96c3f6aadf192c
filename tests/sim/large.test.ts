/** 200 members in the simulated world: all join at once, their Manager dies, and calm. Nobody is flooded with documents. */
import * as core from '@auki/domain/core'
import { type CrowdPhase, playCrowd } from '@auki/testkit/sim'
import { expect, test } from 'vitest'

const members = 200
const patienceMs = 120_000 // a busy machine; alone it takes a few seconds

test('a storm of 199 joins, the death of the Manager, and calm', { timeout: patienceMs }, () => {
  const { violation, storm, failover, calm } = playCrowd({ core, seed: 1, members })
  expect(violation).toBeUndefined()
  for (const [name, phase] of Object.entries({ storm, failover, calm })) console.log(line(name, phase))
  // Each join changes the document; the changes of 20 ms share one push.
  expect(storm.changes).toBeGreaterThanOrEqual(members - 1)
  expect(storm.documentsPerMember).toBeGreaterThan(0)
  expect(storm.documentsPerMember).toBeLessThan(10)
  // The row's life and little more; one document of the new reign, and whoever connects late gets it again.
  expect(failover.ms).toBeLessThan(4_000)
  expect(failover.documentsPerMember).toBeLessThan(4)
  // One repeat in 10 s.
  expect(calm.changes).toBe(0)
  expect(calm.documentsPerMember).toBeGreaterThan(0.5)
  expect(calm.documentsPerMember).toBeLessThan(3)
})

const line = (name: string, { ms, changes, documentsPerMember }: CrowdPhase): string =>
  `${name}: ${ms} ms, ${changes} changes, ${documentsPerMember.toFixed(1)} documents per member`
