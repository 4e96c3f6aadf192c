/**
 * How a stream opens, or does not: every outcome there is, in the way its reader sees it.
 *
 * The tables are keyed by the outcomes' names: one that is new does not compile here until there is a test of it.
 */
import { type DeclineReason, OpenStreamError, type OpenStreamErrorCode } from '@auki/network'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { accept, decline, end, entry } from '../foreign/peer/streaming.ts'
import { field, frame, prefix } from '../foreign/peer/wire.ts'
import { closing, ForeignProducer, type Say, saying } from './foreign-producer.ts'
import { readAll } from './support.ts'

let producer: ForeignProducer
beforeEach(async () => {
  producer = await ForeignProducer.start()
})
afterEach(() => producer[Symbol.asyncDispose]())

const accepted = accept({ resourceId: 'cam' })
const failed = async (opening: Promise<unknown>): Promise<unknown> => {
  const [outcome] = await Promise.allSettled([opening])
  return outcome.status === 'rejected' ? outcome.reason : 'it opened'
}

describe('a stream that does not open is', () => {
  const reasons: Record<DeclineReason['kind'], readonly [number, DeclineReason, detail?: string]> = {
    sensor_not_found: [1, { kind: 'sensor_not_found' }],
    sensor_unavailable: [2, { kind: 'sensor_unavailable' }],
    producer_shutting_down: [3, { kind: 'producer_shutting_down' }],
    other: [4, { kind: 'other', detail: 'not for you' }, 'not for you']
  }
  test.each(Object.entries(reasons))('declined: %s', async (_, [number, reason, detail]) => {
    const error = await failed(producer.open(closing(decline(number, detail))))
    expect(error).toBeInstanceOf(OpenStreamError)
    expect(error).toMatchObject({ code: 'declined', details: { reason } })
  })

  const noReply: Record<string, Say> = {
    'an end': saying(end(1)),
    'an entry': saying(entry({ seq: 0n })),
    'a request': saying(frame(field(1, ''))),
    'an empty frame': saying(prefix(0)),
    'a frame over the cap': saying(prefix(16_777_217)),
    'no protobuf': saying(frame(Uint8Array.of(0x0f))),
    'a decline without a reason': saying(frame(field(3, ''))),
    'a name that is no UTF-8': saying(frame(field(2, field(7, Uint8Array.of(0xff, 0xfe))))),
    nothing: closing(),
    'half a prefix': closing(new Uint8Array(3)),
    'half a manifest': closing(accepted.subarray(0, 9)),
    'a reset': ({ stream }) => stream.abort(new Error('gone'))
  }
  test.each(Object.entries(noReply))('against the protocol: %s', async (_, say) => {
    const error = await failed(producer.open(say))
    expect(error).toBeInstanceOf(OpenStreamError)
    expect(error).toMatchObject({ code: 'protocol', message: expect.stringContaining('expected accept or decline as first reply') })
    expect(await (await producer.opened.first('the substream')).ended()).toBeDefined()
  })

  const manifests: Record<string, readonly [found: Uint8Array, details: object]> = {
    resource_id: [accept({ resourceId: 'lidar' }), { expected: 'cam', found: 'lidar' }],
    sensor_hash: [accept({ sensorId: 'cam', sensorHash: 'other' }), { expected: 'sh', found: 'other' }],
    clock_id: [accept({ sensorId: 'cam', sensorHash: 'sh' }), { expected: 'clock', found: '' }]
  }
  test.each(Object.entries(manifests))('another one than was asked for: %s', async (name, [found, details]) => {
    const expected = { sensorId: 'cam', sensorHash: 'sh', clockId: 'clock' }
    const error = await failed(producer.open(saying(found), { expected }))
    expect(error).toBeInstanceOf(OpenStreamError)
    expect(error).toMatchObject({ code: 'manifest-mismatch', details: { field: name, ...details } })
    expect(await (await producer.opened.first('the substream')).ended()).toBe('reset')
  })

  test('taken with an empty resource id, as reference producers have it', async () => {
    const subscription = await producer.open(saying(accept({ sensorId: 'cam' }), end(1)))
    expect(await readAll(subscription)).toMatchObject({ ended: { kind: 'source_ended' } })
  })

  const others: Record<Exclude<OpenStreamErrorCode, 'declined' | 'protocol' | 'manifest-mismatch'>, () => Promise<object>> = {
    timeout: async () => {
      await producer[Symbol.asyncDispose]()
      producer = await ForeignProducer.start({ limits: { streamFirstReplyMs: 300 } })
      const opening = producer.open(saying(new Uint8Array(2)))
      await expect(opening).rejects.toMatchObject({ code: 'timeout', details: { phase: 'read', durationMs: 300 } })
      return { ending: await (await producer.opened.first('the substream')).ended() }
    },
    libp2p: async () => {
      await producer.node.libp2p.unhandle('/auki/stream/0.2.0')
      await expect(producer.open(saying())).rejects.toMatchObject({
        code: 'libp2p',
        message: expect.stringContaining('/auki/stream/0.2.0')
      })
      const stranger = producer.consumer.runtime.openStream(
        '12D3KooWRawPbxPtP1eZaJpumGnyWX2DcUyd3RQnydr3eAto4Az7',
        { resourceId: 'cam' },
        'bytes'
      )
      await expect(stranger).rejects.toMatchObject({ code: 'libp2p' })
      return { ending: 'reset' }
    }
  }
  test.each(Object.entries(others))('a failure of the network: %s', async (_, fail) => {
    expect(await fail()).toEqual({ ending: 'reset' })
  })

  test('given up with the reason of who asked', async () => {
    const reason = new Error('never mind')
    await expect(producer.open(saying(), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    const controller = new AbortController()
    const opening = producer.open(saying(), { signal: controller.signal })
    const substream = await producer.opened.first('the substream')
    controller.abort(reason)
    await expect(opening).rejects.toBe(reason)
    expect(await substream.ended()).toBe('reset')
  })
})
