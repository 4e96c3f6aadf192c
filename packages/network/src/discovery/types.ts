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

/** How a {@link DiscoveryClient} is set up; all of it has defaults. */
export interface DiscoveryClientOptions {
  /** A bearer token, with or without the word `Bearer`; sent with writes only. Default: none. */
  readonly authorization?: string
  /** Signs every write (RFC 9421); services that don't ask for signatures ignore them. Default: unsigned. */
  readonly identity?: PeerIdentity
  /** Default: the platform's. */
  readonly fetch?: typeof globalThis.fetch
  /** Deadlines and pauses run on it. Default: the platform's timers. */
  readonly timers?: Clock
  /** Uniform in [0, 1); default `Math.random`. */
  readonly random?: () => number
  /** Told once of each bad address that a row has, and of a watch that brings nothing. Default: `console.warn`. */
  readonly log?: RuntimeLog
}

/** The last argument of every call. */
export interface DiscoveryCallOptions {
  /** An abort rejects the call with its reason. */
  readonly signal?: AbortSignal
  /** For the whole request, answer included, ms; default 2,000. */
  readonly timeoutMs?: number
}

/** `absent`: the service said that there is no such row. */
export type ReadResult = { readonly kind: 'row'; readonly row: DiscoveryClusterEntry } | { readonly kind: 'absent' }
/** `created`: the row is the new one. `exists`: another was there before; the row is that one. */
export type CreateResult = { readonly kind: 'created' | 'exists'; readonly row: DiscoveryClusterEntry }
/** `ok`: the row as written. `conflict`: nothing was written, as the row has another revision than the one given; it is the present row. `absent`: no such row. */
export type WriteResult = { readonly kind: 'ok' | 'conflict'; readonly row: DiscoveryClusterEntry } | { readonly kind: 'absent' }
