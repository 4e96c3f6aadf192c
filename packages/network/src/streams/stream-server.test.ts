import type { Stream } from '@libp2p/interface'
import { describe, expect, it } from 'vitest'
import type { RuntimeLimits } from '../exchange/env.ts'
import { Reading } from '../exchange/reading.ts'
import { encodeFrame } from '../protocols/frame.ts'
import * as limits from '../protocols/limits.ts'
import * as stream from '../protocols/stream.ts'
import { encodeConfirmation } from '../protocols/stream-confirmation.ts'
import { FakeStream } from '../testing/fake-stream.ts'
import { ManualTimers, turn } from '../testing/manual-timers.ts'
import { testEnv } from '../testing/test-env.ts'
import { ChunkQueue } from './chunk-queue.ts'
import { EntrySource } from './entry-source.ts'
import type { EntryBatch } from './stream-api.ts'
import { StreamServer } from './stream-server.ts'

const request = encodeFrame(stream.encode({ kind: 'request', request: { resourceId: 'cam' } }), stream.FRAME_BYTES_MAX)

/** A log that never has anything to say until it is closed. */
class Idle {
  closed = false
  #wake = () => {}
  next(): Promise<EntryBatch | undefined> {
    return new Promise((resolve) => {
      this.#wake = () => resolve(undefined)
      if (this.closed) resolve(undefined)
    })
  }
  close(): void {
    this.closed = true
    this.#wake()
  }
}

function setUp(limits: Partial<RuntimeLimits> = {}) {
  const timers = new ManualTimers()
  const sources: Idle[] = []
  const env = testEnv(timers, limits)
  const reading = new Reading(env)
  const server = new StreamServer({
    env,
    reading,
    provider: () => {
      const source = new Idle()
      sources.push(source)
      return { accept: { kind: 'bytes', manifest: stream.emptyManifest, source: new EntrySource(source) } }
    },
    sessionEnded: () => false
  })
  const opened = (peerId = 'p', asks = true): FakeStream => {
    const fake = new FakeStream()
    server.accept(peerId, fake as unknown as Stream)
    if (asks) fake.receive(request)
    return fake
  }
  return { timers, reading, sources, server, opened }
}

/** The kinds of what the server has said, or its words. */
function said({ sent }: FakeStream): string[] {
  const queue = new ChunkQueue(stream.FRAME_BYTES_MAX)
  for (const chunk of sent) queue.push(chunk)
  const kinds: string[] = []
  for (let frame = queue.take(); frame; frame = queue.take()) {
    const message = stream.decode(frame.bytes.subarray(frame.from, frame.to))
    if (!('reason' in message)) kinds.push(message.kind)
    else kinds.push('detail' in message.reason ? message.reason.detail : message.reason.kind)
  }
  return kinds
}

describe('a stream server', () => {
  it('reads no request of a peer whose messages took long, and all the others', async () => {
    const { timers, reading, server, opened } = setUp()
    reading.charge('costly', () => timers.pass(100))
    opened('costly')
    opened('p')
    await turn()
    expect(server.outbound().map(({ requester }) => requester)).toEqual(['p'])
    await timers.advance(400)
    expect(server.outbound().map(({ requester }) => requester)).toEqual(['costly', 'p'])
  })

  it('takes no request that is far longer than requests are', async () => {
    const { opened } = setUp()
    const fake = opened('p', false)
    fake.receive(encodeFrame(new Uint8Array(limits.streamRequestBytesMax + 1), stream.FRAME_BYTES_MAX).subarray(0, 4))
    await turn()
    expect(fake.status).toBe('aborted')
  })

  it('says yes, and what is open from then on', async () => {
    const { server, opened } = setUp()
    const fake = opened()
    expect(server.outbound()).toEqual([])
    await turn()
    expect(said(fake)).toEqual(['accept'])
    expect(server.outbound()).toEqual([{ requester: 'p', resourceId: 'cam', sent: 0n, dropped: 0n }])
  })

  it('has so many unread requests of a peer, and of all; one that is read makes room', async () => {
    const { opened } = setUp({ streamPendingPerPeerMax: 2, streamPendingMax: 3 })
    const [one, two, three] = [opened('p', false), opened('p', false), opened('p', false)]
    expect([one, two, three].map(({ status }) => status)).toEqual(['open', 'open', 'aborted'])
    expect([opened('q', false), opened('r', false)].map(({ status }) => status)).toEqual(['open', 'aborted'])
    one.receive(request)
    await turn()
    expect(opened('p', false).status).toBe('open')
  })

  it('has so many streams of a peer, and of all; one that is over makes room', async () => {
    const { sources, opened } = setUp({ streamLivePerPeerMax: 2, streamLiveMax: 3 })
    const fakes = [opened('p'), opened('p'), opened('q')]
    await turn()
    const over = ['p', 'q', 'r'].map((peerId) => opened(peerId))
    await turn()
    expect(over.map(said)).toEqual([['limit 2 streams per peer'], ['limit 3 streams'], ['limit 3 streams']])
    expect(sources).toHaveLength(3)
    fakes[0]!.remoteReset()
    await turn()
    const next = opened('q')
    await turn()
    expect(said(next)).toEqual(['accept'])
  })

  it('does not wait for ever for who was declined to close', async () => {
    const { timers, opened } = setUp({ streamLivePerPeerMax: 0 })
    const declined = opened('p')
    await turn()
    expect([said(declined), declined.status]).toEqual([['limit 0 streams per peer'], 'open'])
    await timers.advance(5_000)
    expect([declined.status, timers.pending]).toEqual(['aborted', 0])
  })

  it('waits for a request as long as the deadline, and forgets who is silent', async () => {
    const { timers, opened } = setUp({ streamPendingPerPeerMax: 1 })
    const fake = opened('p', false)
    fake.receive(request.subarray(0, 5))
    await timers.advance(9_999)
    expect(fake.status).toBe('open')
    await timers.advance(1)
    expect(fake.status).toBe('aborted')
    expect(opened('p', false).status).toBe('open')
  })

  it('cuts the streams of a peer that is no member any longer, and no others', async () => {
    const { server, sources, opened } = setUp()
    const [one, asking, other] = [opened('p'), opened('p', false), opened('q')]
    await turn()
    server.revoke('p')
    await turn()
    expect([one, asking, other].map(({ status }) => status)).toEqual(['aborted', 'aborted', 'open'])
    expect(sources.map(({ closed }) => closed)).toEqual([true, false])
    expect(server.outbound().map(({ requester }) => requester)).toEqual(['q'])
  })

  it('that stops ends its streams, says so, declines who comes then, and is done when all have it', async () => {
    const { timers, server, sources, opened } = setUp()
    const [one, asking] = [opened(), opened('p', false)]
    await turn()
    let stopped = false
    const stopping = server.stop().then(() => (stopped = true))
    const late = opened('q')
    await turn()
    expect([said(one), sources.map(({ closed }) => closed)]).toEqual([['accept', 'producer_shutting_down'], [true]])
    expect([asking.status, said(late)]).toEqual(['aborted', ['producer_shutting_down']])
    late.remoteReset()
    await turn()
    await stopping
    expect([stopped, timers.pending]).toEqual([true, 0])
    await server.stop()
  })

  it('that stops waits for who does not take its last word no longer than the grace', async () => {
    const { timers, server, opened } = setUp()
    const fake = opened()
    await turn()
    fake.blocked = true
    let stopped = false
    void server.stop().then(() => (stopped = true))
    await timers.advance(99)
    expect([stopped, fake.status]).toEqual([false, 'open'])
    await timers.advance(1)
    expect([stopped, fake.status]).toEqual([true, 'aborted'])
  })
})

describe('a stream whose consumer confirms', () => {
  const offering = encodeFrame(stream.encode({ kind: 'request', request: { resourceId: 'cam', confirms: true } }), stream.FRAME_BYTES_MAX)
  const manifestOf = ({ sent }: FakeStream): stream.StreamManifest | undefined => {
    const message = stream.decode(sent[0]!.subarray(4))
    return message.kind === 'accept' ? message.manifest : undefined
  }

  it('is accepted as such only where the consumer offers it, and else a byte more resets it', async () => {
    const { opened } = setUp()
    const [plain, confirming] = [opened(), opened('p', false)]
    confirming.receive(offering)
    await turn()
    expect([manifestOf(plain)?.confirms, manifestOf(confirming)?.confirms]).toEqual([undefined, true])
    plain.receive(Uint8Array.of(0))
    confirming.receive(Uint8Array.of(0))
    await turn()
    expect([plain.status, confirming.status]).toEqual(['aborted', 'open'])
  })

  it.each([
    ['more than was sent', encodeConfirmation(1n)],
    ['garbage', encodeFrame(Uint8Array.of(0xff), 100)],
    ['an empty frame', new Uint8Array(4)],
    ['a long frame', Uint8Array.of(0x7f, 0, 0, 0)],
    ['a flood', Uint8Array.from({ length: 6 * 1_000 }, (_, at) => [0, 0, 0, 2, 8, 0][at % 6]!)]
  ])('is reset for %s, and its source closed', async (_, bytes) => {
    const { sources, opened } = setUp()
    const fake = opened('p', false)
    fake.receive(offering)
    await turn()
    fake.receive(bytes)
    await turn()
    expect([fake.status, sources[0]!.closed]).toEqual(['aborted', true])
  })

  it('has no confirmations together with the request', async () => {
    const { opened } = setUp()
    const fake = opened('p', false)
    fake.receive(Uint8Array.from([...offering, ...encodeConfirmation(0n)]))
    await turn()
    expect(fake.status).toBe('aborted')
  })
})
