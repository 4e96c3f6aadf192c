import type { ReadFrom } from '@auki/datatypes'
import { describe, expect, it } from 'vitest'
import { Lingering } from '../exchange/lingering.ts'
import { Outgoing } from '../exchange/outgoing.ts'
import { encodeFrame } from '../protocols/frame.ts'
import * as stream from '../protocols/stream.ts'
import { encodeConfirmation } from '../protocols/stream-confirmation.ts'
import { confirmAllEveryMs, confirmEveryMs } from '../settings.ts'
import { FakeStream } from '../testing/fake-stream.ts'
import { ManualTimers, turn } from '../testing/manual-timers.ts'
import { testEnv } from '../testing/test-env.ts'
import type { StreamSubscription } from './stream-api.ts'
import { StreamClient } from './stream-client.ts'

const frame = (message: stream.StreamMessage): Uint8Array => encodeFrame(stream.encode(message), stream.FRAME_BYTES_MAX)
const accept = frame({ kind: 'accept', manifest: stream.emptyManifest })

/** A client whose substreams are the test's; `connects` false: connecting takes for ever. */
function setUp({ connects = true, blocked = false } = {}) {
  const timers = new ManualTimers()
  const env = testEnv(timers)
  const opened: FakeStream[] = []
  const open = async () => {
    const fake = new FakeStream()
    fake.blocked = blocked
    opened.push(fake)
    return fake.substream
  }
  const connect = (_: string, signal: AbortSignal) =>
    connects ? Promise.resolve() : new Promise<void>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
  const outgoing = new Outgoing({ env, open, connect })
  const client = new StreamClient({
    ...{ env, outgoing, lingering: new Lingering(env) },
    peers: { together: () => Promise.reject(new Error('nobody is back')) }
  })
  /** Opens one; what it came to is in `outcome`. */
  const asked = (options: Parameters<StreamClient['open']>[3] = {}, peerId = 'p', from: ReadFrom = 'latest') => {
    const state: { outcome?: unknown } = {}
    client.open(peerId, { resourceId: 'cam', from }, 'bytes', options).then(
      (subscription) => (state.outcome = subscription),
      (error) => (state.outcome = error)
    )
    return state
  }
  return { timers, opened, outgoing, asked }
}

describe('opening a stream', () => {
  it('asks for what is wanted, and leaves nothing behind once it stands', async () => {
    const { timers, opened, asked } = setUp()
    const one = asked({ keep: 'latest' })
    await turn()
    const request = stream.decode(opened[0]!.sent[0]!.subarray(4))
    expect(request).toEqual({
      kind: 'request',
      request: { resourceId: 'cam', sourcePeerId: '', from: 'latest', keep: 'latest', gaps: true, confirms: true }
    })
    opened[0]!.receive(accept)
    await turn()
    expect(one.outcome).toMatchObject({ kind: 'bytes', manifest: stream.emptyManifest })
    expect(timers.pending).toBe(0)
  })

  it('says what goes first, and only if the reader said so', async () => {
    const { opened, asked } = setUp()
    asked({ priority: 'control' })
    await turn()
    expect(stream.decode(opened[0]!.sent[0]!.subarray(4))).toMatchObject({ request: { priority: 'control' } })
  })

  it.each([true, false])('confirms what is read where the manifest accepts that (%s), and does not tell its reader', async (confirms) => {
    const { opened, asked } = setUp()
    const one = asked()
    await turn()
    opened[0]!.receive(frame({ kind: 'accept', manifest: { ...stream.emptyManifest, confirms } }))
    await turn()
    const subscription = one.outcome as StreamSubscription<'bytes'>
    expect(subscription.manifest).toStrictEqual(stream.emptyManifest)
    opened[0]!.receive(frame({ kind: 'entry', entry: { timestampNs: 0n, seq: 0n, payload: new Uint8Array(1), dropped: 0n } }))
    await subscription[Symbol.asyncIterator]().next()
    expect(opened[0]!.sent.slice(1)).toEqual(confirms ? [encodeConfirmation(1n)] : [])
    await subscription.cancel()
  })

  it.each([
    ['latest', confirmEveryMs],
    ['all', confirmAllEveryMs]
  ] as const)('confirms more seldom where nothing waits for it: %s', async (keep, everyMs) => {
    const { timers, opened, asked } = setUp()
    const one = asked({ keep })
    await turn()
    opened[0]!.receive(frame({ kind: 'accept', manifest: { ...stream.emptyManifest, confirms: true } }))
    await turn()
    const subscription = one.outcome as StreamSubscription<'bytes'>
    const entries = subscription[Symbol.asyncIterator]()
    for (const seq of [0n, 1n]) {
      opened[0]!.receive(frame({ kind: 'entry', entry: { timestampNs: 0n, seq, payload: new Uint8Array(1), dropped: 0n } }))
      await entries.next()
    }
    await timers.advance(everyMs - 1)
    expect(opened[0]!.sent.slice(1)).toEqual([encodeConfirmation(1n)])
    await timers.advance(1)
    expect(opened[0]!.sent.slice(2)).toEqual([encodeConfirmation(2n)])
    await subscription.cancel()
  })

  it.each<[string, ReadFrom, bigint]>([
    ['from now on', 'latest', 2n],
    ['from the start', 'from_start', 0n],
    ['from a time', { fromTimestamp: 0n }, 0n]
  ])('to keep the latest drops what waits only where there is no history: %s', async (_, from, first) => {
    const { opened, asked } = setUp()
    const one = asked({ keep: 'latest' }, 'p', from)
    await turn()
    const entries = [0n, 1n, 2n].map((seq) =>
      frame({ kind: 'entry', entry: { timestampNs: 0n, seq, payload: new Uint8Array(1), dropped: 0n } })
    )
    opened[0]!.receive(new Uint8Array(Buffer.concat([accept, ...entries])))
    await turn()
    const subscription = one.outcome as StreamSubscription
    expect((await subscription[Symbol.asyncIterator]().next()).value).toMatchObject({ seq: first })
    expect(subscription.dropped).toBe(first)
  })

  const slow = [
    ['to connect', { connects: false }, 30_000, { code: 'timeout', details: { phase: 'open', durationMs: 30_000 } }],
    ['to take the request', { blocked: true }, 5_000, { code: 'protocol', message: expect.stringContaining('could not be written') }],
    ['to answer', {}, 30_000, { code: 'timeout', details: { phase: 'read', durationMs: 30_000 } }]
  ] as const
  it.each(slow)('gives up on a peer that takes too long %s, and resets the substream', async (_, peer, afterMs, error) => {
    const { timers, opened, asked } = setUp(peer)
    const one = asked()
    await timers.advance(afterMs - 1)
    expect(one.outcome).toBeUndefined()
    await timers.advance(1)
    expect(one.outcome).toMatchObject({ name: 'OpenStreamError', ...error })
    for (const fake of opened) expect(fake.status).toBe('aborted')
    expect(timers.pending).toBe(0)
  })

  it('happens for eight streams of a peer at a time; the others wait their turn, no longer than opening may take', async () => {
    const { timers, opened, asked } = setUp()
    const many = Array.from({ length: 10 }, () => asked())
    await turn()
    expect(opened).toHaveLength(8)
    asked({}, 'somebody else')
    await turn()
    expect(opened).toHaveLength(9)
    opened[0]!.receive(accept)
    await turn()
    expect(opened).toHaveLength(10)
    await timers.advance(30_000)
    expect(many[9]!.outcome).toMatchObject({ code: 'timeout', details: { phase: 'open' } })
    expect(many[1]!.outcome).toMatchObject({ code: 'timeout', details: { phase: 'read' } })
  })

  it('that fails or is given up makes room for the next', async () => {
    const { opened, asked } = setUp()
    const controller = new AbortController()
    const reason = new Error('never mind')
    const aborted = Array.from({ length: 4 }, () => asked({ signal: controller.signal }))
    for (let count = 0; count < 8; count++) asked()
    await turn()
    controller.abort(reason)
    await turn()
    expect(aborted.map(({ outcome }) => outcome)).toEqual(Array(4).fill(reason))
    expect(opened).toHaveLength(12)
    opened[4]!.remoteReset()
    asked()
    await turn()
    expect(opened).toHaveLength(13)
  })

  it('ends with the membership of the peer, and so does a stream that stands', async () => {
    const { opened, outgoing, asked } = setUp()
    const [standing, opening, other] = [asked(), asked(), asked({}, 'q')]
    await turn()
    opened[0]!.receive(accept)
    await turn()
    outgoing.revoke('p')
    await turn()
    expect(opened.map(({ status }) => status)).toEqual(['aborted', 'aborted', 'open'])
    expect(opening.outcome).toMatchObject({ code: 'protocol', message: expect.stringContaining('no member any longer') })
    const { ended } = standing.outcome as { ended: Promise<stream.EndReason> }
    expect(await ended).toEqual({ kind: 'connection_lost' })
    expect(other.outcome).toBeUndefined()
  })

  it('is refused once the runtime has stopped', async () => {
    const { opened, outgoing, asked } = setUp()
    outgoing.stop()
    const one = asked()
    await turn()
    expect(one.outcome).toMatchObject({ code: 'libp2p', cause: { code: 'runtime-unavailable' } })
    expect(opened).toEqual([])
  })
})
