/**
 * How a stream ends: every outcome there is, in the way its reader sees it.
 *
 * The tables are keyed by the outcomes' names: one that is new does not compile here until there is a test of it.
 */
import { type EndReason, StreamError, type StreamErrorCode } from '@auki/network'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { accept, decline, end, entry } from '../foreign/peer/streaming.ts'
import { bytesOf, field, frame, joined, numeric, prefix } from '../foreign/peer/wire.ts'
import { closing, ForeignProducer, type Say, saying } from './foreign-producer.ts'
import { readAll } from './support.ts'

let producer: ForeignProducer
beforeEach(async () => {
  producer = await ForeignProducer.start()
})
afterEach(() => producer[Symbol.asyncDispose]())

const accepted = accept({ sensorId: 'cam', sensorHash: 'sh', clockId: 'clock', clockHash: 'ch', resourceId: 'cam' })
const two = [entry({ seq: 0n, timestampNs: -5n, payload: bytesOf('a') }), entry({ seq: 1n, timestampNs: 7n })]
const twoReceived = [
  { seq: 0n, timestampNs: -5n, bytes: 1 },
  { seq: 1n, timestampNs: 7n, bytes: 0 }
]

describe('a stream that ends: all that came before is delivered, then', () => {
  const detail = 'the lens fell off'
  const said: Record<
    Exclude<EndReason['kind'], 'cancelled' | 'protocol' | 'connection_lost'>,
    readonly [frame: Uint8Array, reason: EndReason]
  > = {
    source_ended: [end(1), { kind: 'source_ended' }],
    producer_shutting_down: [end(2), { kind: 'producer_shutting_down' }],
    session_ended: [end(3), { kind: 'session_ended' }],
    producer_error: [end(4, detail), { kind: 'producer_error', detail }]
  }
  test.each(Object.entries(said))('%s is how it ends, as the producer says', async (_, [last, reason]) => {
    for (const pieces of [[accepted, ...two, last], [joined(accepted, ...two, last)]]) {
      for (const say of [saying(...pieces), closing(...pieces)]) {
        const outcome = await readAll(await producer.open(say))
        expect(outcome).toEqual({ entries: twoReceived, thrown: undefined, ended: reason })
      }
    }
  })

  const lost: Record<string, Say> = {
    'closed without a word': closing(accepted, ...two),
    'closed inside a prefix': closing(accepted, ...two, new Uint8Array(2)),
    'closed inside an entry': closing(accepted, ...two, prefix(1_000), new Uint8Array(999)),
    'a connection that is closed': (substream, node) => {
      saying(accepted, ...two)(substream, node)
      void node.connection(producer.consumer.peerId)!.close()
    }
  }
  test.each(Object.entries(lost))('connection-lost is thrown: %s', async (_, say) => {
    const outcome = await readAll(await producer.open(say))
    expect(outcome).toEqual({ entries: twoReceived, thrown: expect.any(StreamError), ended: { kind: 'connection_lost' } })
    expect(outcome.thrown).toMatchObject({ code: 'connection-lost' satisfies StreamErrorCode })
  })

  test('connection-lost is thrown: a reset, which may overtake entries, but not come between them', async () => {
    // The reply is read before anything can overtake it.
    const subscription = await producer.open(saying(accepted, two[0]!))
    const substream = await producer.opened.first('the substream')
    substream.stream.send(two[1]!)
    substream.stream.abort(new Error('gone'))
    const { entries, thrown, ended } = await readAll(subscription)
    expect(twoReceived.slice(0, entries.length)).toEqual(entries)
    expect([thrown, ended]).toMatchObject([{ code: 'connection-lost' }, { kind: 'connection_lost' }])
  })

  const wrong: Record<string, readonly [last: Uint8Array, detail: RegExp]> = {
    'an empty frame': [prefix(0), /zero bytes/],
    'a length over 16 MiB': [prefix(16_777_217), /16777217/],
    'the largest length': [prefix(0xffff_ffff), /4294967295/],
    'no protobuf': [frame(new Uint8Array(12).fill(0xff)), /./],
    'protobuf that is cut off': [frame(Uint8Array.of(0x22, 0x05, 0x08)), /./],
    'an entry with a field of another type': [frame(field(4, joined(field(1, 'now'), numeric(2, 2)))), /./],
    'a number without end': [frame(field(4, joined(Uint8Array.of(0x10), new Uint8Array(11).fill(0xff)))), /./],
    'nothing we know': [frame(field(99, 'x')), /kind/],
    'an end without a reason': [frame(field(5, '')), /reason/],
    'an end for a reason of some later version': [frame(field(5, field(9, ''))), /reason/],
    'a second manifest': [accepted, /accept among the entries/],
    'a decline': [decline(1), /decline among the entries/],
    'a request': [frame(field(1, field(2, 'cam'))), /request among the entries/]
  }
  test.each(Object.entries(wrong))('protocol is thrown, and the producer is cut off: %s', async (_, [last, detail]) => {
    const { entries, thrown, ended } = await readAll(await producer.open(saying(accepted, ...two, last)))
    expect(entries).toEqual(twoReceived)
    expect(thrown).toBeInstanceOf(StreamError)
    expect(thrown).toMatchObject({ code: 'protocol' satisfies StreamErrorCode, details: { detail: expect.stringMatching(detail) } })
    expect(ended).toEqual({ kind: 'protocol', detail: expect.stringMatching(detail) })
    expect(await (await producer.opened.first('the substream')).ended()).toBe('reset')
  })

  test('protocol is thrown for a payload that is not of its kind, and says by which sensor entry', async () => {
    const good = entry({ seq: 0n })
    const bad = entry({ seq: 1n, payload: Uint8Array.of(0x12, 0x7f, 1) })
    const subscription = await producer.open(saying(accepted, good, bad, two[0]!), {}, 'camera')
    const seqs: bigint[] = []
    const reading = (async () => {
      for await (const { seq } of subscription) seqs.push(seq)
    })()
    await expect(reading).rejects.toMatchObject({
      code: 'protocol',
      message: expect.stringMatching(/entry 1, of sensor "cam" with the hash sh/)
    })
    expect(seqs).toEqual([0n])
    expect(await subscription.ended).toMatchObject({ kind: 'protocol' })
    expect(await (await producer.opened.first('the substream')).ended()).toBe('reset')
  })
})

describe('cancelled is how it ends, and the producer hears of it at once, when its reader', () => {
  const ways: Record<string, (options: AbortController) => Promise<EndReason>> = {
    cancels: async () => {
      const subscription = await producer.open(saying(accepted, ...two))
      const next = subscription[Symbol.asyncIterator]()
      await next.next()
      await next.next()
      const waiting = next.next()
      await subscription.cancel()
      expect(await waiting).toEqual({ done: true, value: undefined })
      return subscription.ended
    },
    'leaves the loop': async () => {
      const subscription = await producer.open(saying(accepted, ...two))
      for await (const { seq } of subscription) {
        expect(seq).toBe(0n)
        break
      }
      return subscription.ended
    },
    'disposes of it': async () => {
      await using subscription = await producer.open(saying(accepted, ...two))
      return subscription[Symbol.asyncDispose]().then(() => subscription.ended)
    },
    aborts: async (controller) => {
      const subscription = await producer.open(saying(accepted, ...two), { signal: controller.signal })
      const reading = readAll(subscription)
      controller.abort(new Error('enough'))
      expect((await reading).thrown).toBeUndefined()
      return subscription.ended
    }
  }
  test.each(Object.entries(ways))('%s', async (_, leave) => {
    expect(await leave(new AbortController())).toEqual({ kind: 'cancelled' })
    expect(await (await producer.opened.first('the substream')).ended()).toBe('reset')
  })
})
