import { describe, expect, it } from 'vitest'
import { encodeFrame } from '../protocols/frame.ts'
import { streamHandOffMax } from '../protocols/limits.ts'
import * as stream from '../protocols/stream.ts'
import { FakeStream } from '../testing/fake-stream.ts'
import { turn } from '../testing/manual-timers.ts'
import { Bookmark } from './bookmark.ts'
import { Intake } from './intake.ts'
import { Subscription } from './subscription.ts'

const frame = (message: stream.StreamMessage): Uint8Array => encodeFrame(stream.encode(message), stream.FRAME_BYTES_MAX)
const entry = (seq: number, dropped = 0): Uint8Array =>
  frame({ kind: 'entry', entry: { timestampNs: BigInt(seq), seq: BigInt(seq), payload: Uint8Array.of(seq), dropped: BigInt(dropped) } })
const end = frame({ kind: 'end_of_stream', reason: { kind: 'source_ended' } })
const joined = (...parts: Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts))

function setUp(keep: 'all' | 'latest' = 'all', live = true) {
  const fake = new FakeStream()
  const released: (Error | undefined)[] = []
  const intake = new Intake(fake.substream)
  const release = (error: Error | undefined): void => {
    intake.stop()
    released.push(error)
  }
  const subscription = new Subscription({
    ...({ peerId: 'p', kind: 'bytes', resourceId: 'cam', keep, live } as const),
    stream: { manifest: stream.emptyManifest, intake, taken: () => {}, isHalfOpen: () => fake.status === 'open', release },
    bookmark: new Bookmark('latest', stream.emptyManifest),
    onOver: () => {},
    warn: () => {}
  })
  const state: { ended?: stream.EndReason } = {}
  void subscription.ended.then((reason) => (state.ended = reason))
  return { fake, subscription, released, state }
}

const seqOf = async (next: Promise<IteratorResult<{ seq: bigint }, undefined>>): Promise<number | undefined> => {
  const { done, value } = await next
  return done ? undefined : Number(value.seq)
}

describe('a subscription', () => {
  it('gives who waits what comes, in order, and several at once theirs', async () => {
    const { fake, subscription } = setUp()
    const waiting = [subscription.next(), subscription.next(), subscription.next()]
    fake.receive(joined(entry(0), entry(1)).subarray(0, 20))
    fake.receive(joined(entry(0), entry(1), end).subarray(20))
    expect(await Promise.all(waiting.map(seqOf))).toEqual([0, 1, undefined])
    expect(await seqOf(subscription.next())).toBeUndefined()
  })

  it('has ended once its reader has taken all, and not before', async () => {
    const { fake, subscription, released, state } = setUp()
    fake.receive(joined(entry(0), end))
    subscription[Symbol.asyncIterator]()
    await turn()
    expect(state).toEqual({})
    expect(await seqOf(subscription.next())).toBe(0)
    expect([state, released]).toEqual([{}, []])
    expect(await seqOf(subscription.next())).toBeUndefined()
    expect([await subscription.ended, released]).toEqual([{ kind: 'source_ended' }, [undefined]])
  })

  it('tells how it ended also when nobody iterates, and whoever does later gets everything', async () => {
    const { fake, subscription, released } = setUp()
    fake.receive(joined(entry(0), entry(1)))
    fake.remoteReset()
    expect(await subscription.ended).toEqual({ kind: 'connection_lost' })
    expect(released).toHaveLength(1)
    expect([await seqOf(subscription.next()), await seqOf(subscription.next())]).toEqual([0, 1])
    await expect(subscription.next()).rejects.toMatchObject({ code: 'connection-lost' })
    expect(await seqOf(subscription.next())).toBeUndefined()
  })

  it('throws what broke it once, behind what came before, and cuts the substream', async () => {
    const { fake, subscription, released } = setUp()
    fake.receive(joined(entry(0), frame({ kind: 'decline', reason: { kind: 'sensor_not_found' } }), entry(1)))
    expect(await seqOf(subscription.next())).toBe(0)
    await expect(subscription.next()).rejects.toMatchObject({ code: 'protocol' })
    expect(await seqOf(subscription.next())).toBeUndefined()
    expect(released).toEqual([expect.any(Error)])
    expect(await subscription.ended).toMatchObject({ kind: 'protocol' })
  })

  it('gives the producer no room for what is not taken: when its hand-off is full, what comes waits, until half of that is taken', async () => {
    const { fake, subscription } = setUp()
    const bytes = entry(1).length
    // Room for four, which is given back when two have been taken.
    fake.recvWindow = fake.recvWindowCapacity = 4 * bytes
    for (let seq = 0; seq < streamHandOffMax; seq++) {
      await turn()
      fake.receive(entry(seq))
    }
    const before = fake.recvWindowCapacity
    const more = before / bytes
    for (let seq = streamHandOffMax; seq < streamHandOffMax + more; seq++) fake.receive(entry(seq))
    for (let seq = 0; seq < streamHandOffMax / 2; seq++) {
      expect(await seqOf(subscription.next())).toBe(seq)
      await turn()
      expect(fake.recvWindowCapacity).toBe(0)
    }
    expect(await seqOf(subscription.next())).toBe(streamHandOffMax / 2)
    await turn()
    expect(fake.recvWindowCapacity).toBe(fake.recvWindow)
    for (let seq = streamHandOffMax / 2 + 1; seq < streamHandOffMax + more; seq++) expect(await seqOf(subscription.next())).toBe(seq)
  })

  it('is cancelled once, at once, whatever else comes', async () => {
    const { fake, subscription, released } = setUp()
    const waiting = subscription.next()
    await Promise.all([subscription.cancel(), subscription.cancel(), subscription[Symbol.asyncDispose]()])
    fake.receive(joined(entry(0), end))
    expect([await seqOf(waiting), await seqOf(subscription.next()), await subscription.ended]).toEqual([
      undefined,
      undefined,
      { kind: 'cancelled' }
    ])
    expect(released).toEqual([expect.any(Error)])
  })

  it('that has ended is not cancelled afterwards', async () => {
    const { fake, subscription, released } = setUp()
    fake.receive(end)
    expect(await seqOf(subscription.next())).toBeUndefined()
    await subscription.cancel()
    expect([await subscription.ended, released]).toEqual([{ kind: 'source_ended' }, [undefined]])
  })
})

describe('a subscription that keeps the latest', () => {
  it('holds the newest, takes all at once, and counts what it dropped beside what the producer did', async () => {
    const { fake, subscription } = setUp('latest')
    for (let seq = 0; seq < 20; seq++) fake.receive(entry(seq, seq < 10 ? 0 : 5))
    await turn()
    expect(await seqOf(subscription.next())).toBe(19)
    expect(subscription.dropped).toBe(19n + 5n)
    const waiting = subscription.next()
    fake.receive(entry(20, 6))
    expect([await seqOf(waiting), subscription.dropped]).toEqual([20, 19n + 6n])
  })

  it('gives the newest before the end', async () => {
    const { fake, subscription } = setUp('latest')
    fake.receive(joined(entry(0), entry(1), end))
    await turn()
    expect([await seqOf(subscription.next()), await seqOf(subscription.next()), subscription.dropped]).toEqual([1, undefined, 1n])
  })

  it('drops no history; once the producer has dropped something there is none any more', async () => {
    const { fake, subscription } = setUp('latest', false)
    fake.receive(joined(entry(0), entry(1), entry(2), entry(3, 7), entry(4, 7), entry(5, 8)))
    await turn()
    const read = [await seqOf(subscription.next()), await seqOf(subscription.next()), await seqOf(subscription.next())]
    expect([read, subscription.dropped]).toEqual([[0, 1, 2], 0n])
    expect([await seqOf(subscription.next()), subscription.dropped]).toEqual([5, 8n + 2n])
    for (let seq = 6; seq < 20; seq++) fake.receive(entry(seq, 8))
    await turn()
    expect([await seqOf(subscription.next()), subscription.dropped]).toEqual([19, 8n + 2n + 13n])
  })
})
