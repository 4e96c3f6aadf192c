/** The smallest entry and the largest; what is larger ends the stream that it is on, in a way that says so. */
import type { AukiError } from '@auki/canonical'
import { describe, expect, test } from 'vitest'
import { accept, end, entryMessage } from '../foreign/peer/streaming.ts'
import { field, frame, prefix } from '../foreign/peer/wire.ts'
import { ForeignProducer, saying } from './foreign-producer.ts'
import { Camera, open, pair, readAll, serving } from './support.ts'

const mib16 = 16 * 2 ** 20
/** What a frame has around a payload of nearly 16 MiB: a tag and a length outside, the same inside. No timestamp, the first of its stream. */
const around = 10

describe('an entry of ours', () => {
  test.each([0, 1, mib16 - around])('of %i bytes arrives', async (bytes) => {
    const both = await pair(serving(new Camera().push(new Uint8Array(bytes)).finish()))
    expect(await readAll(await open(both))).toEqual({
      entries: [{ seq: 0n, timestampNs: 0n, bytes }],
      thrown: undefined,
      ended: { kind: 'source_ended' }
    })
  })

  test.each([mib16 - around + 1, mib16, mib16 + 1])('of %i bytes fits no frame: the stream ends behind those before it', async (bytes) => {
    const camera = new Camera().push(new Uint8Array(5), new Uint8Array(bytes), new Uint8Array(6)).finish()
    const { entries, thrown, ended } = await readAll(await open(await pair(serving(camera))))
    expect(entries).toEqual([{ seq: 0n, timestampNs: 0n, bytes: 5 }])
    expect(thrown).toBeUndefined()
    expect(ended).toEqual({ kind: 'producer_error', detail: expect.stringMatching(/16777216/) })
    await camera.wasReturned()
  })
})

describe('a frame of another peer', () => {
  const written = async (bytes: Uint8Array) => {
    await using producer = await ForeignProducer.start()
    return await readAll(
      await producer.open((substream) => {
        saying(accept({ resourceId: 'cam' }))(substream, producer.node)
        for (let at = 0; at < bytes.length; at += 65_536) substream.send(bytes.subarray(at, at + 65_536))
        saying(end(1))(substream, producer.node)
      })
    )
  }

  test('of exactly 16 MiB is read', async () => {
    const whole = frame(field(4, entryMessage({ seq: 0n, payload: new Uint8Array(mib16 - around) })))
    expect(whole.length).toBe(4 + mib16)
    expect(await written(whole)).toEqual({
      entries: [{ seq: 0n, timestampNs: 0n, bytes: mib16 - around }],
      thrown: undefined,
      ended: { kind: 'source_ended' }
    })
  })

  test('of 16 MiB and one byte is refused by its length', async () => {
    const { thrown, ended } = await written(prefix(mib16 + 1))
    expect((thrown as AukiError).code).toBe('protocol')
    expect(ended).toMatchObject({ kind: 'protocol', detail: expect.stringMatching(/16777217/) })
  })
})
