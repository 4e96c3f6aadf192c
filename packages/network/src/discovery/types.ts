/** What is said to a Discovery client and what it answers. */
import type { Clock } from '@auki/canonical'
import type { PeerIdentity } from '@auki/identity'
import type { RuntimeLog } from '../swarm/log.ts'
import type { DiscoveryClusterEntry } from './row.ts'

/**
 * What kind of service answers: `ours` counts revisions, compares them (`If-Match`) and can be watched; the rows of a `reference` one have no
 * revision, and it does none of it; `unknown` before the first row or list that could be read.
 */
export type DiscoveryFlavour = 'unknown' | 'ours' | 'reference'

export interface DiscoveryClientOptions {
  /** A bearer token, with or without the word; sent with what writes. */
  readonly authorization?: string
  /** Signs every write (RFC 9421); services that don't ask for it ignore it. */
  readonly identity?: PeerIdentity
  readonly fetch?: typeof globalThis.fetch
  readonly timers?: Clock
  /** Uniform in [0, 1); default `Math.random`. */
  readonly random?: () => number
  /** Told once of each bad address that a row has. Default: `console.warn`. */
  readonly log?: RuntimeLog
}

export interface DiscoveryCallOptions {
  readonly signal?: AbortSignal
  /** Whole request; default 2,000 ms. */
  readonly timeoutMs?: number
}

export type ReadResult = { readonly kind: 'row'; readonly row: DiscoveryClusterEntry } | { readonly kind: 'absent' }
export type CreateResult = { readonly kind: 'created' | 'exists'; readonly row: DiscoveryClusterEntry }
/** `conflict`: the row has another revision than ours; it is the present one. */
export type WriteResult = { readonly kind: 'ok' | 'conflict'; readonly row: DiscoveryClusterEntry } | { readonly kind: 'absent' }
