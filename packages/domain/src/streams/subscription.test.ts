import type * as network from '@auki/network'
import { type ClockRef, domainClockRef } from '@auki/time'
import { expect, test } from 'vitest'
import { inDomainTime } from './subscription.ts'

function setUp() {
  const ended = Promise.withResolvers<network.EndReason>()
  const watched: string[] = []
  const asked: [ClockRef, ClockRef, bigint][] = []
  const given = {
    kind: 'bytes',
    manifest: { clockId: 'b/s/monotonic', clockHash: 'h' },
    ended: ended.promise,
    get dropped() {
      return 3n
    }
  } as unknown as network.StreamSubscription<'bytes'>
  const subscription = inDomainTime(given, 'b', {
    standing: { clusterName: 'lab' },
    clocks: {
      watch: (peerId) => {
        watched.push(peerId)
        return { [Symbol.dispose]: () => void watched.splice(0) }
      }
    },
    convertTime: (...question) => {
      asked.push(question)
      return { timeNs: question[2] + 1n, offsetNs: 1n, uncertaintyNs: 0n, ageNs: 0n, path: [] }
    }
  })
  return { subscription, given, ended, watched, asked }
}

test("an entry's domain time is that of its timestamp on the clock of the manifest", () => {
  const { subscription, given, asked } = setUp()
  expect(subscription.toDomainTime({ timestampNs: 7n }).timeNs).toBe(8n)
  expect(asked).toEqual([[{ id: 'b/s/monotonic', hash: 'h' }, domainClockRef('lab'), 7n]])
  expect(subscription).toBe(given)
  expect(subscription.dropped).toBe(3n)
})

test('the clock of whom we read is measured until the stream ends', async () => {
  const { ended, watched } = setUp()
  expect(watched).toEqual(['b'])
  ended.resolve({ kind: 'source_ended' })
  await ended.promise
  expect(watched).toEqual([])
})
