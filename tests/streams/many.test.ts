/** Many logs of one peer, over real TCP: what is over a limit is said, and who wants more waits for its turn. */
import { logStreamProvider, Peer, rosBody } from '@auki/domain'
import { expect, test } from 'vitest'
import { befriend, startPeer, until } from '../../packages/network/src/testing/peers.ts'
import { readAll } from './support.ts'

const logsMax = 300

/** A robot with 300 logs of three entries each. */
async function robot() {
  const peer = new Peer({ peerId: 'robot', appId: 'test' })
  const frame = await peer.registerFrame('base', rosBody)
  const session = await peer.startSession()
  const logs = []
  for (let number = 0; number < logsMax; number++) {
    const sensor = await peer.registerSensor(`cam-${number}`, { kind: 'rf', type: 'wifi', frame })
    const log = await session.registerSensorLog({ sensor, head: { kind: 'fixed' } })
    for (const timestampNs of [1n, 2n, 3n]) void log.append({ timestampNs, payload: new Uint8Array(4) })
    logs.push(log)
  }
  return { session, logs, producer: await startPeer({ streamProvider: logStreamProvider(session) }) }
}

const ids = Array.from({ length: logsMax }, (_, number) => `cam-${number}`)

test('four readers each read all 300 recordings of a peer, asked for at once', { timeout: 60_000 }, async () => {
  const { logs, producer } = await robot()
  await Promise.all(logs.map((log) => log.seal()))
  const readers = await Promise.all(Array.from({ length: 4 }, () => startPeer()))
  producer.runtime.setAllowedPeers(readers)
  for (const { runtime } of readers) runtime.setAllowedPeers([producer])
  let most = 0
  const counts = await Promise.all(
    readers.map(({ runtime }) =>
      Promise.all(
        ids.map(async (resourceId) => {
          const subscription = await runtime.openStream(producer.peerId, { resourceId, from: 'from_start' }, 'bytes')
          most = Math.max(most, producer.runtime.outboundStreams().length)
          const { entries, ended } = await readAll(subscription)
          return ended.kind === 'source_ended' ? entries.length : ended
        })
      )
    )
  )
  expect(counts).toEqual(readers.map(() => ids.map(() => 3)))
  expect(most).toBeLessThanOrEqual(4 * 64)
})

test('of live logs one reader has 64, the next one waits, and has its turn as soon as one has ended', { timeout: 60_000 }, async () => {
  const { producer } = await robot()
  const reader = await startPeer({ limits: { streamQueueMs: 2_000 } })
  await befriend(producer, reader)
  const open = (resourceId: string) => reader.runtime.openStream(producer.peerId, { resourceId, from: 'from_start' }, 'bytes')
  const live = await Promise.all(ids.slice(0, 64).map(open))
  let opened = false
  const waiting = open('cam-64').then((subscription) => {
    opened = true
    return subscription
  })
  expect(producer.runtime.outboundStreams()).toHaveLength(64)
  expect(opened).toBe(false)
  await live[7]!.cancel()
  const [next] = [await waiting]
  expect((await next[Symbol.asyncIterator]().next()).value).toMatchObject({ timestampNs: 1n })
  // Nothing ends any more: who waits is told why.
  const late = open('cam-65')
  await expect(late).rejects.toMatchObject({
    code: 'timeout',
    details: { phase: 'queue' },
    message: expect.stringContaining('limit 64 streams per peer')
  })
  expect(producer.runtime.outboundStreams()).toHaveLength(64)
})

test('a peer that allows fewer than we would take says so, and nothing is reset', async () => {
  const { session } = await robot()
  const producer = await startPeer({ streamProvider: logStreamProvider(session), limits: { streamLivePerPeerMax: 2 } })
  const reader = await startPeer()
  await befriend(producer, reader)
  const open = (resourceId: string) => reader.runtime.openStream(producer.peerId, { resourceId }, 'bytes')
  const live = [await open('cam-0'), await open('cam-1')]
  const reason = { kind: 'other', detail: 'limit 2 streams per peer' }
  await expect(open('cam-2')).rejects.toMatchObject({ code: 'declined', details: { reason } })
  await live[0]!.cancel()
  await until(() => producer.runtime.outboundStreams().length === 1)
  await (await open('cam-2')).cancel()
})
