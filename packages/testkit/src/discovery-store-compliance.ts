/**
 * What every Discovery store has to do, wherever it keeps its rows.
 *
 *   discoveryStoreCompliance({ describe, test }, () => ({ store: memoryStore({ clock }), rowLifeMs: 3_000, lateMs: 0, pass: async (ms) => clock.advance(ms) }))
 *
 * Time is the store's own: a fake clock is moved, an engine with real leases is waited for. Nothing here asks for more precision than the factory promises.
 */
import type { DiscoveryStore } from '@auki/discovery'
import { life } from './discovery-store/life.ts'
import type { Case } from './discovery-store/tools.ts'
import { end, watches } from './discovery-store/watches.ts'
import { compareAndSet, writes } from './discovery-store/writes.ts'
import type { SuiteRunner } from './storage-compliance.ts'

/** A fresh, empty store and its time. */
export interface DiscoveryStoreUnderTest {
  readonly store: DiscoveryStore
  /** Life of a row after a stamp, ms; at least four times what a call of the store takes. */
  readonly rowLifeMs: number
  /** How much later than due a row may still be there, ms; less than half a life. */
  readonly lateMs: number
  /** Lets this much of the store's time go by. */
  pass(ms: number): Promise<void>
}

/** Gives a fresh store for every test; `rowsMax` is asked for by the one test about it. */
export type DiscoveryStoreFactory = (settings: { rowsMax?: number }) => DiscoveryStoreUnderTest | Promise<DiscoveryStoreUnderTest>

/** Registers the suite with a test framework. */
export function discoveryStoreCompliance({ describe, test }: SuiteRunner, factory: DiscoveryStoreFactory): void {
  const each: Case = (name, body, settings = {}) => {
    test(name, async () => {
      const given = await factory(settings)
      try {
        await body(given)
      } finally {
        await given.store.close()
      }
    })
  }
  describe('writes', () => writes(each))
  describe('compare-and-set', () => compareAndSet(each))
  describe('the life of a row', () => life(each))
  describe('watches', () => watches(each))
  describe('the end', () => end(each))
}
