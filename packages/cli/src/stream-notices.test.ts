import type { ResourceEntry, StreamNotice } from '@auki/domain'
import { expect, test } from 'vitest'
import { Output } from './output.ts'
import { tellNotices } from './stream-notices.ts'
import { fakeHost } from './testing/fake-host.ts'

const row = { sourcePeerId: 'robot', resourceId: 'cam' } as ResourceEntry
const notices: StreamNotice[] = [
  { type: 'gap', lost: 3n, fromNs: 5n, toNs: 9n },
  { type: 'gap', fromNs: 5n, toNs: 9n },
  { type: 'resumed', pauseMs: 1_200 },
  { type: 'resumed', pauseMs: 7, mayRepeat: true, mayMiss: true },
  { type: 'notices-dropped', count: 2 }
]
const subscription = {
  async *notices() {
    yield* notices
  }
}

test('people are told of gaps and interruptions on stderr', async () => {
  const host = fakeHost()
  await tellNotices(row, subscription, new Output(host, {}), '"cam" of robot')
  expect(host.printed.stdout).toBe('')
  expect(host.printed.stderr.trim().split('\n')).toEqual([
    'auki: "cam" of robot lacks 3 entries from 5 to 9 ns: its retention was faster than this reader',
    'auki: "cam" of robot lacks some entries from 5 to 9 ns: its retention was faster than this reader',
    'auki: "cam" of robot goes on after 1.2 s without a connection',
    'auki: "cam" of robot goes on after 7 ms without a connection; entries may come twice; entries may be missing',
    'auki: "cam" of robot had 2 more gaps or interruptions'
  ])
})

test('machines are told by events', async () => {
  const host = fakeHost()
  await tellNotices(row, subscription, new Output(host, { json: true }), '"cam" of robot')
  expect(host.printed.stderr).toBe('')
  expect(
    host.printed.stdout
      .replace(/"atMs":\d+,/g, '')
      .trim()
      .split('\n')
      .slice(0, 3)
  ).toEqual([
    '{"event":"gap","peerId":"robot","resourceId":"cam","lost":3,"fromNs":5,"toNs":9}',
    '{"event":"gap","peerId":"robot","resourceId":"cam","fromNs":5,"toNs":9}',
    '{"event":"resumed","peerId":"robot","resourceId":"cam","pauseMs":1200}'
  ])
})
