import { domainClockRef, rosBody, sampleTimeTransform } from '@auki/domain'
import { expect, test } from 'vitest'
import { eventually, type Member, world } from './world.ts'

/** How far `to`'s clock is ahead of `from`'s, and how sure we are of that; both run on the same crystal. */
function ahead(from: Member, to: Member): { ns: bigint; withinNs: bigint } {
  const before = to.session.clock.nowNs()
  const reading = from.session.clock.nowNs()
  return { ns: before - reading, withinNs: to.session.clock.nowNs() - before }
}

const distance = (a: bigint, b: bigint): bigint => (a < b ? b - a : a - b)

async function withRadio({ peer, session }: Member) {
  const frame = await peer.registerFrame('base', rosBody)
  const sensor = await peer.registerSensor('wifi', { kind: 'rf', type: 'wifi', frame })
  return session.registerSensorLog({ sensor, head: { kind: 'fixed' } })
}

test('what a member streams to another has its true domain time, though the two exchange no heartbeats', async () => {
  await using w = await world()
  const [a, b, c] = [await w.join(1), await w.join(2), await w.join(3)]
  const log = await withRadio(b)
  const [row] = await eventually(async () => (await c.manager.fetchResourcesCatalog(b.peerId)).resources)
  await using stream = await c.manager.openResource(row!)
  const timestampNs = b.session.clock.nowNs()
  await log.append({ timestampNs, payload: new Uint8Array(8) })
  for await (const entry of stream) {
    const converted = await eventually(() => stream.toDomainTime(entry))
    // Domain time began with the clock of its creator, at offset 0.
    const truth = ahead(b, a)
    expect(distance(converted.timeNs, timestampNs + truth.ns)).toBeLessThanOrEqual(converted.uncertaintyNs + truth.withinNs)
    expect(converted.path.map(({ kind }) => kind)).toEqual(['live', 'domain'])
    break
  }
  // Between two that do not read each other, nothing is known.
  expect(b.manager.clockSyncEstimates().map(({ toClockId }) => toClockId)).toEqual([a.session.clock.id])
})

test('the wall clock of a member can be had from domain time through what its session has recorded, and only there', async () => {
  await using w = await world()
  const [, b] = [await w.join(1), await w.join(2)]
  const { monotonicClock: fromClock, utcClock } = b.session
  const domainClock = domainClockRef('lab')
  const domainNs = await eventually(() => b.manager.domainTimeNow())
  expect(() => b.manager.convertTime(domainClock, utcClock, domainNs)).toThrow(expect.objectContaining({ code: 'no-path' }))
  const source = { kind: 'local_clock_read' } as const
  const log = await b.session.registerTimeTransformLog({ fromClock, toClock: utcClock, source, head: { kind: 'fixed' } })
  await using _sampling = sampleTimeTransform(log)
  const { path } = b.manager.convertTime(domainClock, utcClock, domainNs)
  expect(path.map(({ kind }) => kind)).toEqual(['domain', 'log'])
})
