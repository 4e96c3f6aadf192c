/** One log read by another member: from where it is asked for, and to each of its ends. */
import { rosBody } from '@auki/domain'
import { describe, expect, test } from 'vitest'
import { world } from '../integration/world.ts'
import { listOf } from './support.ts'

const bytes = (...of: number[]): Uint8Array => Uint8Array.from(of)

describe('a log', () => {
  async function numbered() {
    const w = await world()
    const [reader, writer] = [await w.join(1), await w.join(2)]
    const frame = await writer.peer.registerFrame('base_link', rosBody)
    const sensor = await writer.peer.registerSensor('wifi', { kind: 'rf', type: 'wifi', frame })
    const log = await writer.session.registerSensorLog({ sensor, head: { kind: 'fixed' }, segmentDurationNs: 10n })
    const append = (from: number, to: number): void => {
      for (let at = from; at < to; at++) void log.append({ timestampNs: BigInt(at), payload: bytes(at % 256) })
    }
    const read = (from: 'latest' | 'from_start' | { fromTimestamp: bigint }) =>
      reader.manager.openStream(writer.peerId, { resourceId: 'wifi', from }, 'bytes')
    return { reader, writer, log, append, read, [Symbol.asyncDispose]: () => w[Symbol.asyncDispose]() }
  }

  test('goes from history to live without a gap and without repetition, from where it is asked for, and ends with the log', async () => {
    await using one = await numbered()
    one.append(0, 500)
    const asked = [
      ['from_start', 0],
      [{ fromTimestamp: 250n }, 250],
      [{ fromTimestamp: -1n }, 0],
      [{ fromTimestamp: 700n }, 700],
      ['latest', 500]
    ] as const
    const subscriptions = await Promise.all(asked.map(([from]) => one.read(from)))
    const reading = subscriptions.map(async (subscription) => {
      const times: bigint[] = []
      let expected = 0n
      for await (const { seq, timestampNs, payload } of subscription) {
        expect([seq, payload[0]]).toEqual([expected++, Number(timestampNs % 256n)])
        times.push(timestampNs)
      }
      return { times, ended: await subscription.ended }
    })
    // In between the readers are somewhere in the history, or have just left it.
    for (let at = 500; at < 1_000; at += 100) {
      one.append(at, at + 100)
      await one.reader.manager.fetchParticipantInfo(one.writer.peerId)
    }
    await one.log.seal()
    for (const [index, [, first]] of asked.entries()) {
      const { times, ended } = await reading[index]!
      expect(times).toEqual(Array.from({ length: 1_000 - first }, (_, at) => BigInt(first + at)))
      expect(ended).toEqual({ kind: 'source_ended' })
    }
    const sealed = await one.read('from_start')
    let count = 0
    for await (const _ of sealed) count++
    expect([count, await sealed.ended]).toEqual([1_000, { kind: 'source_ended' }])
  })

  test('that belongs to a session that ends, ends with it, and is not served afterwards', async () => {
    await using one = await numbered()
    one.append(0, 3)
    const subscription = await one.read('from_start')
    await one.writer.session.end()
    const seqs: bigint[] = []
    for await (const { seq } of subscription) seqs.push(seq)
    expect([seqs, await subscription.ended]).toEqual([[0n, 1n, 2n], { kind: 'session_ended' }])
    await expect(one.read('latest')).rejects.toMatchObject({ code: 'declined', details: { reason: { kind: 'producer_shutting_down' } } })
  })

  test('of a member that leaves says that it goes', async () => {
    await using one = await numbered()
    const subscription = await one.read('latest')
    const reading = subscription[Symbol.asyncIterator]().next()
    await one.writer.domain.leave()
    expect((await reading).done).toBe(true)
    expect(await subscription.ended).toEqual({ kind: 'producer_shutting_down' })
  })

  test('that is overtaken by its retention while it is read goes on, and says what is missing', async () => {
    await using one = await numbered()
    const large = new Uint8Array(1_000_000)
    for (let at = 0; at < 40; at++) await one.log.append({ timestampNs: BigInt(at), payload: large })
    const subscription = await one.read('from_start')
    const reader = subscription[Symbol.asyncIterator]()
    expect((await reader.next()).value?.timestampNs).toBe(0n)
    await one.log.setRetention(20n)
    for (let at = 40; at < 200; at += 10) await one.log.append({ timestampNs: BigInt(at), payload: large })
    await one.log.flush()
    await one.log.seal()
    const times = [0n]
    for (let next = await reader.next(); !next.done; next = await reader.next()) times.push(next.value.timestampNs)
    expect(await subscription.ended).toEqual({ kind: 'source_ended' })
    const all = [...Array.from({ length: 40 }, (_, at) => BigInt(at)), ...Array.from({ length: 16 }, (_, at) => BigInt(40 + at * 10))]
    const missing = all.filter((time) => !times.includes(time))
    expect(times).toEqual(all.filter((time) => !missing.includes(time)))
    const notices = await listOf(subscription.notices())
    // All of them are in one piece, and no entry that came lies between the bounds but the last before it.
    expect(notices).toEqual([{ type: 'gap', lost: BigInt(missing.length), fromNs: expect.any(BigInt), toNs: missing.at(-1) }])
    const [{ fromNs }] = notices as unknown as [{ fromNs: bigint }]
    expect([missing[0]!, missing[0]! - 1n]).toContain(fromNs)
    expect(missing.length).toBeGreaterThan(0)
    expect(subscription.lost).toBe(BigInt(missing.length))
    const again = await one.read('from_start')
    for await (const { seq, timestampNs } of again) {
      expect([seq, timestampNs >= 170n]).toEqual([0n, true])
      break
    }
  })

  test('that is not there, or not of whom it is asked, is declined', async () => {
    await using one = await numbered()
    const notFound = { code: 'declined', details: { reason: { kind: 'sensor_not_found' } } }
    const { manager } = one.reader
    await expect(manager.openStream(one.writer.peerId, { resourceId: 'nothing' }, 'bytes')).rejects.toMatchObject(notFound)
    const elsewhere = { resourceId: 'wifi', sourcePeerId: one.reader.peerId }
    await expect(manager.openStream(one.writer.peerId, elsewhere, 'bytes')).rejects.toMatchObject(notFound)
    await (await manager.openStream(one.writer.peerId, { resourceId: 'wifi', sourcePeerId: one.writer.peerId }, 'bytes')).cancel()
  })
})
