/** What the cases of the Discovery store suite share: two claims, a watch that remembers, and small readers of outcomes. */
import assert from 'node:assert/strict'
import type { Claim, DirectoryEvent, DirectoryRow, DiscoveryStore, Outcome, WatchEvent } from '@auki/discovery'
import type { DiscoveryStoreUnderTest } from '../discovery-store-compliance.ts'

/** A test's body with its store; the suite closes the store after it. */
export type Case = (name: string, body: (given: DiscoveryStoreUnderTest) => Promise<void>, settings?: { rowsMax?: number }) => void

export const alice: Claim = {
  managerPeerId: '12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp',
  managerMultiaddrs: ['/ip4/10.0.0.1/tcp/4001', '/dns4/alice.example/tcp/443/wss'],
  relayMultiaddrs: ['/ip4/10.0.0.9/tcp/4001/p2p/12D3KooWPjceQrSwdWXPyLLeABRXmuqt69Rg3sBYbU1Nft9HyQ6X'],
  instance: 'alice-1 "ü"'
}
export const bob: Claim = {
  managerPeerId: '12D3KooWH3uVF6wv47WnArKHk5p6cvgCJEb74UTmxztmQDc298L3',
  managerMultiaddrs: [],
  relayMultiaddrs: [],
  instance: ''
}

type EventOf<T extends WatchEvent['type']> = WatchEvent & { readonly type: T }

/** A watch that remembers what it was told. */
export class Feed {
  readonly events: WatchEvent[] = []
  close: () => void = () => undefined
  #told: () => void = () => undefined

  readonly listener = (event: WatchEvent): void => {
    this.events.push(event)
    this.#told()
  }

  /** The `count`th event of that type, waited for. */
  async next<T extends WatchEvent['type']>(type: T, count = 1): Promise<EventOf<T>> {
    for (;;) {
      const found = this.events.filter((event): event is EventOf<T> => event.type === type)[count - 1]
      if (found !== undefined) return found
      await new Promise<void>((resolve) => {
        this.#told = resolve
      })
    }
  }

  types(): string[] {
    return this.events.map(({ type }) => type)
  }

  changes(): [string, DirectoryRow][] {
    return this.#directoryEvents().map(({ type, row }) => [type, row])
  }

  named(): string[] {
    return this.#directoryEvents().map(({ row }) => row.name)
  }

  #directoryEvents(): DirectoryEvent[] {
    return this.events.filter((event): event is DirectoryEvent => event.type !== 'snapshot' && event.type !== 'ended')
  }
}

export async function follow(store: DiscoveryStore, name: string | undefined): Promise<Feed> {
  const feed = new Feed()
  const watch = await store.watch(name, feed.listener)
  feed.close = () => watch.close()
  await feed.next('snapshot')
  return feed
}

export function made(outcome: Outcome): DirectoryRow {
  assert.ok(outcome.kind === 'created' || outcome.kind === 'refreshed' || outcome.kind === 'rotated', `the outcome is ${outcome.kind}`)
  return outcome.row
}

export function rowsOf(outcomes: readonly Outcome[], kind: 'created' | 'rotated' | 'exists' | 'mismatch'): DirectoryRow[] {
  return outcomes.flatMap((outcome) => ('row' in outcome && outcome.kind === kind ? [outcome.row] : []))
}

export function only<T>(items: readonly T[]): T {
  assert.equal(items.length, 1)
  return items[0]!
}

export function claimOf({ managerPeerId, managerMultiaddrs, relayMultiaddrs, instance }: DirectoryRow): Claim {
  return { managerPeerId, managerMultiaddrs, relayMultiaddrs, instance }
}

export function names(rows: readonly DirectoryRow[]): string[] {
  return rows.map(({ name }) => name)
}
