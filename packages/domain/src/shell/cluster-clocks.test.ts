import { ManualClock } from '@auki/canonical/testing'
import type { DomainClockAdvertisement } from '@auki/network'
import { domainClockRef, logStep, ntpSample, SessionClock } from '@auki/time'
import { beforeEach, expect, test } from 'vitest'
import { documentOf } from '../testing/scripted.ts'
import { ClusterClocks } from './cluster-clocks.ts'

let clock: ManualClock
let clocks: ClusterClocks
let logged: string[]
let manager: string | undefined
let members: string[]
/** Whose clock was asked for. */
let asked: string[]

const own = { id: 'me/s/monotonic', hash: 'mine' }

beforeEach(() => {
  clock = new ManualClock()
  logged = []
  manager = 'a'
  members = ['a', 'me']
  const source = { monotonicNs: () => BigInt(clock.monoMs()) * 1_000_000n, utcNs: () => 0n, resolutionNs: 1n }
  asked = []
  const never = (peerId: string) => {
    asked.push(peerId)
    return new Promise<never>(() => {})
  }
  clocks = new ClusterClocks({
    sessionClock: new SessionClock({ ...own, source }),
    localPeerId: 'me',
    clock,
    domainRestartAfterMs: 10_000,
    facts: () => ({ clusterName: 'lab', managerPeerId: manager, membership: documentOf(members) }),
    runtime: () => ({ requestClock: never, requestInfo: never }),
    stopped: new AbortController().signal,
    log: (_level, text) => logged.push(text)
  })
})

/** The core decides about the domain clock; then the cluster is looked at, as after every step. */
function set(action: 'start' | 'inherit' | 'withdraw'): void {
  clocks.post({ type: 'domain-clock', action })
  clocks.follow(undefined)
}

const { id: domainClockId, hash: domainClockHash } = domainClockRef('lab')

const backedBy = (peerId: string, offsetNs = 1_000n): DomainClockAdvertisement => ({
  clusterName: 'lab',
  domainClockId,
  domainClockHash,
  backingPeerId: peerId,
  backingClockId: `${peerId}/clock`,
  backingClockHash: `${peerId}/hash`,
  backingToDomainOffsetNs: offsetNs,
  backingToDomainUncertaintyNs: 5n
})

interface SampleFields {
  readonly sender: string
  readonly session: string
  readonly hash: string
  readonly tookNs: bigint
}

/** A sample that says: that peer's clock is `offsetNs` ahead of ours, within 2 ns. */
function sampleOf(peerId: string, offsetNs: bigint, fields: Partial<SampleFields> = {}): void {
  const { sender = peerId, session = 'clock', hash = `${peerId}/hash`, tookNs = 2n } = fields
  const at = BigInt(clock.monoMs() - 1_000) * 1_000_000n
  const readNs = at - tookNs / 2n + offsetNs
  clocks.observed({
    peerId: sender,
    localClockId: own.id,
    localClockHash: own.hash,
    remoteClockId: `${peerId}/${session}`,
    remoteClockHash: hash,
    sample: ntpSample(at - tookNs, readNs, readNs, at)
  })
}

test('whoever starts a cluster backs its clock at offset 0', () => {
  manager = 'me'
  set('start')
  expect(clocks.advertisement).toMatchObject({
    domainClockId,
    domainClockHash,
    backingPeerId: 'me',
    backingClockId: own.id,
    backingClockHash: own.hash,
    backingToDomainOffsetNs: 0n,
    backingToDomainUncertaintyNs: 0n
  })
  clock.advance(3)
  expect(clocks.domainTimeNow()).toBe(3_000_000n)
})

test('a member knows domain time once it has heard the source and measured its clock, and says until then what is missing', () => {
  expect(() => clocks.domainClockEstimate()).toThrow(expect.objectContaining({ code: 'source-unavailable' }))
  clocks.heard('a', backedBy('a'))
  expect(() => clocks.domainClockEstimate()).toThrow(expect.objectContaining({ code: 'backing-estimate-unavailable' }))
  expect(() => clocks.domainTimeNow()).toThrow(expect.objectContaining({ code: 'unavailable' }))
  sampleOf('a', 500n)
  expect(clocks.domainClockEstimate()).toMatchObject({ totalOffsetNs: 1_500n, uncertaintyNs: 7n, backingPeerId: 'a' })
  expect(clocks.advertisement).toBeUndefined()
})

test('nobody but the present Manager is believed, and only about itself', () => {
  clocks.heard('b', backedBy('b'))
  clocks.heard('a', backedBy('b'))
  clocks.heard('a', { ...backedBy('a'), clusterName: 'other' })
  clocks.heard('a', { ...backedBy('a'), domainClockHash: 'forged' })
  expect(() => clocks.domainClockEstimate()).toThrow(expect.objectContaining({ code: 'source-unavailable' }))
})

test('a promoted Manager goes on with the time it knew, and hands its uncertainty on', () => {
  clocks.heard('a', backedBy('a'))
  sampleOf('a', 500n)
  const before = clocks.domainTimeNow()
  manager = 'me'
  set('inherit')
  expect(clocks.advertisement).toMatchObject({ backingPeerId: 'me', backingToDomainOffsetNs: 1_500n, backingToDomainUncertaintyNs: 7n })
  expect(clocks.domainTimeNow()).toBe(before)
})

test('it goes on from the Manager heard last, not from its own earlier reign', () => {
  manager = 'me'
  set('start')
  set('withdraw')
  manager = 'a'
  clocks.heard('a', backedBy('a'))
  sampleOf('a', 500n)
  manager = 'me'
  set('inherit')
  expect(clocks.advertisement).toMatchObject({ backingToDomainOffsetNs: 1_500n })
})

test('without an estimate it advertises nothing, and tries again on every sample', () => {
  clocks.heard('a', backedBy('a'))
  manager = 'me'
  set('inherit')
  expect(clocks.advertisement).toBeUndefined()
  sampleOf('b', 1n)
  expect(clocks.advertisement).toBeUndefined()
  sampleOf('a', 500n)
  expect(clocks.advertisement).toMatchObject({ backingToDomainOffsetNs: 1_500n })
})

test('while a member backs a known source it waits; when none does, it starts anew after ten seconds and says so', () => {
  clocks.heard('a', backedBy('a'))
  manager = 'me'
  set('inherit')
  clock.advance(60_000)
  expect(clocks.advertisement).toBeUndefined()
  members = ['me', 'b']
  set('inherit')
  clock.advance(9_999)
  expect(clocks.advertisement).toBeUndefined()
  clock.advance(1)
  expect(clocks.advertisement).toMatchObject({ backingPeerId: 'me', backingToDomainOffsetNs: 0n })
  expect(logged).toEqual(['the time of cluster "lab" starts anew: no member knows the domain clock of its former Managers'])
})

test('a step-down stops advertising at once; the own source stays known', () => {
  manager = 'me'
  set('start')
  set('withdraw')
  expect(clocks.advertisement).toBeUndefined()
  expect(clocks.domainTimeNow()).toBe(0n)
})

test('who stepped down before it could go on with the domain clock leaves it alone', () => {
  clocks.heard('a', backedBy('a'))
  manager = 'me'
  set('inherit')
  set('withdraw')
  manager = 'b'
  sampleOf('a', 500n)
  expect(clocks.advertisement).toBeUndefined()
  members = ['b', 'me']
  clock.advance(60_000)
  expect(clocks.advertisement).toBeUndefined()
})

test('monotonic domain time never goes back, but for a new timeline', () => {
  clocks.heard('a', backedBy('a', 1_000_000_000n))
  sampleOf('a', 0n)
  const first = clocks.domainTimeNow({ monotonic: true })
  clocks.heard('a', backedBy('a', 1n))
  expect(clocks.domainTimeNow()).toBeLessThan(first)
  expect(clocks.domainTimeNow({ monotonic: true })).toBe(first)
  manager = 'me'
  set('start')
  expect(clocks.domainTimeNow({ monotonic: true })).toBeLessThan(first)
})

test('old estimates say their age, or refuse', () => {
  clocks.heard('a', backedBy('a'))
  sampleOf('a', 500n)
  clock.advance(2_000)
  expect(clocks.domainClockEstimate().ageNs).toBe(2_000_000_000n)
  expect(() => clocks.domainClockEstimate({ maxAgeNs: 1_000_000_000n })).toThrow(expect.objectContaining({ code: 'stale' }))
  expect(() => clocks.clockSyncEstimate(own.id, 'a/clock', { maxAgeNs: 1n })).toThrow(expect.objectContaining({ code: 'stale' }))
  expect(clocks.clockSyncEstimate(own.id, 'a/clock')).toMatchObject({ offsetNs: 500n })
  expect(clocks.clockSyncEstimate(own.id, 'b/clock')).toBeUndefined()
  expect(clocks.clockSyncEstimates()).toHaveLength(1)
})

test('a member with ever new clocks spoils neither domain time nor what is known of the others', () => {
  clocks.heard('a', backedBy('a'))
  sampleOf('a', 500n)
  sampleOf('c', 70n)
  for (let n = 0; n < 10_000; n++) sampleOf('b', BigInt(n), { session: `clock-${n}` })
  expect(clocks.domainClockEstimate()).toMatchObject({ totalOffsetNs: 1_500n, uncertaintyNs: 7n })
  expect(from('c')).toMatchObject({ offsetNs: 70n })
  expect(clocks.clockSyncEstimates()).toHaveLength(6)
})

test('the clock behind domain time is kept, also while a new Manager looks for what to go on with', () => {
  manager = 'me'
  set('start')
  set('withdraw')
  manager = 'a'
  clocks.heard('a', backedBy('a'))
  sampleOf('a', 500n)
  for (let n = 0; n < 10; n++) sampleOf('a', BigInt(n), { session: `clock-${n}` })
  expect(clocks.domainClockEstimate()).toMatchObject({ totalOffsetNs: 1_500n })
  clocks.heard('a', { ...backedBy('a'), backingClockHash: 'not measured' })
  manager = 'me'
  set('inherit')
  for (let n = 0; n < 10; n++) sampleOf('a', BigInt(n), { session: `later-${n}` })
  clocks.heard('a', backedBy('a'))
  manager = 'a'
  clocks.heard('a', backedBy('a'))
  expect(clocks.domainClockEstimate()).toMatchObject({ totalOffsetNs: 1_500n })
})

const from = (peerId: string, clockId = 'clock') => clocks.clockSyncEstimate(own.id, `${peerId}/${clockId}`)

test('nobody speaks for the clock of another: not about the Manager, not about us', () => {
  sampleOf('a', 500n)
  sampleOf('a', 9_999_999n, { sender: 'b' })
  expect(from('a')).toMatchObject({ offsetNs: 500n, sampleCount: 1 })
  sampleOf('me', 7n, { sender: 'a' })
  expect(from('me')).toBeUndefined()
  sampleOf('', 7n, { sender: 'a' })
  expect(clocks.clockSyncEstimates()).toHaveLength(1)
})

test('a peer that restarts under its id has another clock, also under the same clock id: samples of the two are never mixed', () => {
  sampleOf('a', 5_000_000_000n)
  clock.advance(10)
  sampleOf('a', 3n, { session: 'next' })
  expect(from('a')).toMatchObject({ offsetNs: 5_000_000_000n, sampleCount: 1 })
  expect(from('a', 'next')).toMatchObject({ offsetNs: 3n, sampleCount: 1 })
  sampleOf('a', 4n, { hash: 'another' })
  expect(from('a')).toMatchObject({ offsetNs: 4n, sampleCount: 1, toClockHash: 'another' })
})

test('a Manager that changes its session is believed about its new clock; the samples of the old one do not count for it', () => {
  clocks.heard('a', backedBy('a'))
  sampleOf('a', 500n)
  clocks.heard('a', { ...backedBy('a'), backingClockId: 'a/next' })
  expect(() => clocks.domainClockEstimate()).toThrow(expect.objectContaining({ code: 'backing-estimate-unavailable' }))
  sampleOf('a', 70n, { session: 'next', hash: 'forged' })
  expect(() => clocks.domainClockEstimate()).toThrow(expect.objectContaining({ code: 'invalid-source' }))
  sampleOf('a', 80n, { session: 'next' })
  expect(clocks.domainClockEstimate()).toMatchObject({ backingClockId: 'a/next', totalOffsetNs: 1_080n })
})

test('after a suspend, or when somebody set the clock, nothing from before counts, nor what was on its way', () => {
  clocks.heard('a', backedBy('a'))
  sampleOf('a', 500n)
  clock.advance(1_000)
  clocks.post({ type: 'clock-jumped' })
  expect(() => clocks.domainClockEstimate()).toThrow(expect.objectContaining({ code: 'backing-estimate-unavailable' }))
  expect(() => clocks.domainTimeNow({ monotonic: true })).toThrow(expect.objectContaining({ code: 'unavailable' }))
  clock.advance(10)
  sampleOf('a', 500n, { tookNs: 11_000_000n })
  expect(from('a')).toBeUndefined()
  sampleOf('a', 60_000_000_500n, { tookNs: 9_000_000n })
  expect(from('a')).toMatchObject({ offsetNs: 60_000_000_500n, sampleCount: 1 })
})

test('a Manager that was promoted and slept goes on advertising: what it backs is its own clock', () => {
  manager = 'me'
  set('start')
  clocks.post({ type: 'clock-jumped' })
  expect(clocks.advertisement).toMatchObject({ backingPeerId: 'me' })
  expect(clocks.domainTimeNow()).toBe(0n)
})

const clockOf = (peerId: string) => ({ id: `${peerId}/clock`, hash: `${peerId}/hash` })
const domainClock = { id: domainClockId, hash: domainClockHash }

test('instants convert between the clocks of members, the domain and what was recorded; uncertainties add up', () => {
  clocks.heard('a', backedBy('a'))
  sampleOf('a', 500n)
  sampleOf('b', 70n)
  expect(clocks.convertTime(clockOf('a'), domainClock, 600n, [])).toMatchObject({
    timeNs: 1_600n,
    path: [{ kind: 'live' }, { kind: 'domain' }]
  })
  expect(clocks.convertTime(clockOf('b'), clockOf('a'), 80n, [])).toMatchObject({ timeNs: 510n, uncertaintyNs: 6n }) // rounded up
  const utc = { id: 'me/s/utc', hash: 'utc' }
  const recorded = logStep({ fromClock: own, toClock: utc, entries: [{ timestampNs: 0n, offsetNs: 9_000n, uncertaintyNs: 10 }] })
  expect(clocks.convertTime(domainClock, utc, 1_500n, [recorded])).toMatchObject({ timeNs: 9_000n, uncertaintyNs: 17n })
})

test('what is not known does not convert: no domain time, a clock of another hash, estimates that are too old', () => {
  expect(() => clocks.convertTime(own, domainClock, 0n, [])).toThrow(expect.objectContaining({ code: 'no-path' }))
  clocks.heard('a', backedBy('a'))
  sampleOf('a', 500n)
  expect(() => clocks.convertTime(own, { ...clockOf('a'), hash: 'forged' }, 0n, [])).toThrow(expect.objectContaining({ code: 'no-path' }))
  const late = 5_000_000_000n
  expect(() => clocks.convertTime(own, domainClock, late, [], { maxAgeNs: 1n })).toThrow(expect.objectContaining({ code: 'stale' }))
  clocks.post({ type: 'clock-jumped' })
  expect(() => clocks.convertTime(own, domainClock, 0n, [])).toThrow(expect.objectContaining({ code: 'no-path' }))
})

test('who is wanted by several is measured until the last of them has enough; the end of it ends everything', () => {
  const [one, other] = [clocks.watch('b'), clocks.watch('b')]
  clocks.follow('a')
  clocks.follow('me')
  expect(asked).toEqual(['b', 'a'])
  one[Symbol.dispose]()
  one[Symbol.dispose]()
  expect(clock.pending).toHaveLength(1)
  other[Symbol.dispose]()
  expect(clock.pending).toEqual([])
  clocks.watch('c')
  clocks.stop()
  expect(clock.pending).toEqual([])
  clocks.watch('d')
  expect(asked).toEqual(['b', 'a', 'c'])
})
