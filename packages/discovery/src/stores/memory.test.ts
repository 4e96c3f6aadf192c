import { ManualClock } from '@auki/canonical/testing'
import { discoveryStoreCompliance } from '@auki/testkit'
import { describe, expect, test } from 'vitest'
import type { Claim } from '../row.ts'
import type { WatchEvent } from '../store.ts'
import { memoryStore } from './memory.ts'

const claim: Claim = { managerPeerId: 'someone', managerMultiaddrs: [], relayMultiaddrs: [], instance: '' }

describe('the memory store does what every store does', () => {
  discoveryStoreCompliance({ describe, test }, (settings) => {
    const clock = new ManualClock()
    return { store: memoryStore({ ...settings, clock }), rowLifeMs: 3_000, lateMs: 0, pass: async (ms) => clock.advance(ms) }
  })
})

describe('the memory store on a clock of its own', () => {
  test('sweeps by its timer at the very moment a row falls due, with nobody asking', async () => {
    const clock = new ManualClock({ monoMs: 0 })
    const store = memoryStore({ clock })
    const events: [number, string, string][] = []
    await store.watch(undefined, (event) => 'row' in event && events.push([clock.monoMs(), event.type, event.row.name]))
    await store.create('a', claim)
    clock.advance(500)
    await store.create('b', claim)
    clock.advance(1_000)
    await store.refresh('a', 1)
    clock.advance(10_000)
    expect(events.filter(([, type]) => type === 'swept')).toEqual([
      [3_500, 'swept', 'b'],
      [4_500, 'swept', 'a']
    ])
  })

  test('a row that comes to be due sooner than the one waited for is swept on time, too', async () => {
    const clock = new ManualClock({ monoMs: 0 })
    const store = memoryStore({ clock })
    const swept: [number, string][] = []
    await store.watch(undefined, (event) => event.type === 'swept' && swept.push([clock.monoMs(), event.row.name]))
    await store.create('long', { ...claim, rowLifeMs: 15_000 })
    await store.create('short', { ...claim, rowLifeMs: 3_000 })
    await store.create('shortened', { ...claim, rowLifeMs: 10_000 })
    await store.rotate('shortened', { ...claim, rowLifeMs: 4_000 })
    expect(clock.pending).toHaveLength(1)
    clock.advance(20_000)
    expect(swept).toEqual([
      [3_000, 'short'],
      [4_000, 'shortened'],
      [15_000, 'long']
    ])
  })

  test('sweeps before an answer even where its timer is late', async () => {
    const clock = new ManualClock()
    const late = { monoMs: () => clock.monoMs(), wallNs: () => clock.wallNs(), after: () => () => undefined }
    const store = memoryStore({ clock: late })
    const events: WatchEvent['type'][] = []
    await store.create('a', claim)
    await store.watch('a', (event) => events.push(event.type))
    clock.advance(3_000)
    expect(await store.get('a')).toBeUndefined()
    expect(events).toEqual(['snapshot', 'swept'])
    await store.create('a', claim)
    clock.advance(3_000)
    expect(await store.list()).toEqual([])
    await store.create('a', claim)
    clock.advance(3_000)
    let snapshot: WatchEvent | undefined
    await store.watch('a', (event) => {
      snapshot ??= event
    })
    expect(snapshot).toMatchObject({ type: 'snapshot', rows: [] })
  })

  test('keeps one timer whatever is refreshed, and none once closed', async () => {
    const clock = new ManualClock()
    const store = memoryStore({ clock })
    for (let i = 0; i < 50; i++) await store.create(`c${i}`, claim)
    for (let round = 0; round < 10; round++) {
      clock.advance(1_000)
      for (let i = 0; i < 50; i++) expect((await store.refresh(`c${i}`, 1)).kind).toBe('refreshed')
      expect(clock.pending).toHaveLength(1)
    }
    await store.close()
    expect(clock.pending).toEqual([])
  })

  test("counts from the clock's milliseconds, so that a restart goes on above", async () => {
    const unixMs = 1_700_000_000_123
    const before = memoryStore({ clock: new ManualClock({ wallNs: BigInt(unixMs) * 1_000_000n }) })
    const after = memoryStore({ clock: new ManualClock({ wallNs: BigInt(unixMs + 1) * 1_000_000n }) })
    const first = await before.create('a', claim)
    const second = await after.create('a', claim)
    expect(first).toMatchObject({ row: { revision: unixMs * 1000 + 1, createdNs: BigInt(unixMs) * 1_000_000n } })
    expect(second).toMatchObject({ row: { revision: (unixMs + 1) * 1000 + 1 } })
  })
})

test("the memory store sweeps on the machine's own clock", async () => {
  const store = memoryStore({ sweepAfterMs: 20 })
  await store.create('a', claim)
  const swept = new Promise<WatchEvent>((resolve) => void store.watch('a', (event) => event.type === 'swept' && resolve(event)))
  expect(await swept).toMatchObject({ row: { name: 'a' } })
  await store.close()
})

test('the memory store refuses settings that make no sense', () => {
  for (const sweepAfterMs of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 1e12]) {
    expect(() => memoryStore({ sweepAfterMs })).toThrowError(expect.objectContaining({ code: 'bad-option' }))
  }
  for (const rowLifeMaxMs of [0, 2_999, 15_001, 60_000, 3_000.5])
    expect(() => memoryStore({ rowLifeMaxMs })).toThrowError(/rowLifeMaxMs is .*; give an integer from 3000 to 15000/)
  expect(() => memoryStore({ rowsMax: 0 })).toThrowError(/rowsMax is 0; give an integer from 1/)
})
