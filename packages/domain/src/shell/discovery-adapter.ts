/** Performs the core's requests to Discovery and posts their outcomes as events. Any error is the outcome `trouble`; the core decides about retries. */
import { type Clock, reasonOf } from '@auki/canonical'
import {
  addressParts,
  cutAddresses,
  type DiscoveryCallOptions,
  type DiscoveryClient,
  DiscoveryClientError,
  type DiscoveryClusterEntry,
  type PeerRuntime
} from '@auki/network'
import type { ReadOutcome, Row, Settings, Trouble, WriteOutcome } from '../core/index.ts'
import type { EffectOf, Performers, Post } from './effects.ts'
import { discoveryFailure, type Failures } from './failures.ts'
import type { Lifecycle } from './lifecycle.ts'

/** The part of a Discovery client that a presence needs. */
export type Discovery = Pick<DiscoveryClient, 'flavour' | 'list' | 'get' | 'create' | 'liveness' | 'rotate' | 'remove' | 'watch'>

export interface DiscoveryParts {
  readonly discovery: Discovery
  readonly self: { readonly peerId: string; readonly multiaddrs: readonly string[]; readonly instance: string }
  /** The relays at which we have a place: who can't dial us must know them. */
  readonly runtime: Pick<PeerRuntime, 'heldRelays'>
  /** `rowLifeMs`: asked for with every row that becomes ours; whom we hand one to finds it as it is. */
  readonly settings: Pick<Settings, 'rowLifeMs'>
  readonly clock: Pick<Clock, 'monoMs'>
  readonly post: Post
  /** Whether any of a peer's addresses is one that our transports can dial. */
  readonly canDial: (peerId: string, multiaddrs: readonly string[]) => boolean
  /** Keeps the errors of the last read and the last write, while they are errors. */
  readonly failures: Failures
  /** When the app dropped its handle, the row must not be kept fresh. */
  readonly life: Pick<Lifecycle, 'stopped' | 'endIfAbandoned'>
}

type DiscoveryEffect =
  | 'read-row'
  | 'read-newest-row'
  | 'create-row'
  | 'refresh-row'
  | 'rotate-row'
  | 'delete-row'
  | 'open-watch'
  | 'close-watch'

export function discoveryPerformers(parts: DiscoveryParts): Performers<DiscoveryEffect> {
  const row: RowReader = (entry) => rowOf(entry, parts.canDial)
  return { ...reading(parts, row), ...writing(parts, row), ...watching(parts, row) }
}

function reading(parts: DiscoveryParts, row: RowReader): Performers<'read-row' | 'read-newest-row'> {
  const { discovery, post } = parts
  const read = async (no: number, timeoutMs: number, work: (options: DiscoveryCallOptions) => Promise<ReadOutcome>): Promise<void> => {
    const outcome = await ask(parts, 'reading', timeoutMs, work)
    post({ type: 'row-read', no, outcome, versioned: discovery.flavour !== 'reference' })
  }
  return {
    'read-row': ({ no, name, timeoutMs }) => void read(no, timeoutMs, async (options) => withRow(await discovery.get(name, options), row)),
    'read-newest-row': ({ no, timeoutMs }) =>
      void read(no, timeoutMs, async (options) => {
        const [newest, ...others] = await discovery.list(options)
        return newest === undefined ? { kind: 'absent' } : { kind: 'row', ...newestOf(row(newest), others.values().map(row)) }
      })
  }
}

function writing(parts: DiscoveryParts, row: RowReader): Performers<'create-row' | 'refresh-row' | 'rotate-row' | 'delete-row'> {
  const { discovery, post } = parts
  return {
    'create-row': async ({ no, name, relayMultiaddrs, timeoutMs }) => {
      const claim = { ...ownClaim(parts), relayMultiaddrs: withOwnRelays(parts, relayMultiaddrs) }
      const create = async (options: DiscoveryCallOptions) => withRow(await discovery.create(name, claim, options), row)
      const outcome = await ask(parts, 'writing', timeoutMs, create)
      post({ type: 'row-created', no, outcome })
    },
    'refresh-row': async ({ no, name, revision, peerCount, timeoutMs }) => {
      if (parts.life.endIfAbandoned()) return
      const refresh = async (options: DiscoveryCallOptions) =>
        withRow(await discovery.liveness(name, { peerCount, revision }, options), row)
      post({ type: 'row-refreshed', no, outcome: await ask(parts, 'writing', timeoutMs, refresh) })
    },
    'rotate-row': async (effect) => {
      const outcome = await ask(parts, 'writing', effect.timeoutMs, (options) => rotate(parts, effect, options, row))
      post({ type: 'row-rotated', no: effect.no, outcome })
    },
    'delete-row': async ({ no, name, revision, timeoutMs }) => {
      const remove = async (options: DiscoveryCallOptions) => ({ kind: await discovery.remove(name, { revision }, options) }) as const
      post({ type: 'row-deleted', no, outcome: await ask(parts, 'writing', timeoutMs, remove) })
    }
  }
}

function watching({ discovery, post, life }: DiscoveryParts, row: RowReader): Performers<'open-watch' | 'close-watch'> {
  let open: AbortController | undefined
  return {
    'open-watch': ({ name }) => {
      open?.abort()
      open = new AbortController()
      void discovery.watch(name, {
        signal: AbortSignal.any([open.signal, life.stopped]),
        onUp: () => post({ type: 'watch-up' }),
        onDown: () => post({ type: 'watch-down' }),
        onEvent: ({ type, row: entry }) => {
          if (type === 'snapshot') post({ type: 'watch-snapshot', ...(entry && { row: row(entry) }) })
          else if (type !== 'refreshed') post({ type: 'watch-changed', change: type, row: row(entry) })
        }
      })
    },
    'close-watch': () => open?.abort()
  }
}

const ownClaim = ({ self, settings }: DiscoveryParts) => ({
  managerPeerId: self.peerId,
  managerMultiaddrs: self.multiaddrs,
  instance: self.instance,
  ...(settings.rowLifeMs !== undefined && { rowLifeMs: settings.rowLifeMs })
})

/** A service without revisions compares nothing: check first that the row is ours, so that we overwrite nobody's. */
async function rotate(
  parts: DiscoveryParts,
  { name, revision, to, relayMultiaddrs, timeoutMs }: EffectOf<'rotate-row'>,
  options: DiscoveryCallOptions,
  row: RowReader
): Promise<WriteOutcome> {
  const { discovery, self, clock } = parts
  const deadline = clock.monoMs() + timeoutMs
  if (revision === undefined) {
    const read = await discovery.get(name, options)
    if (read.kind === 'absent') return read
    if (read.row.managerPeerId !== self.peerId) return { kind: 'conflict', row: row(read.row) }
  }
  const claim =
    to === undefined
      ? { ...ownClaim(parts), relayMultiaddrs: withOwnRelays(parts, relayMultiaddrs) }
      : { managerPeerId: to.peerId, managerMultiaddrs: to.multiaddrs, relayMultiaddrs }
  const left = Math.max(1, Math.round(deadline - clock.monoMs()))
  return withRow(await discovery.rotate(name, { ...claim, revision }, { ...options, timeoutMs: left }), row)
}

/** The cluster's relays, those at which we have a place first. */
const withOwnRelays = ({ runtime }: DiscoveryParts, relayMultiaddrs: readonly string[]): string[] =>
  cutAddresses([...runtime.heldRelays(), ...relayMultiaddrs]).told

/** Runs a request; never rejects. */
async function ask<T>(
  { life, failures }: DiscoveryParts,
  what: 'reading' | 'writing',
  timeoutMs: number,
  work: (options: DiscoveryCallOptions) => Promise<T>
): Promise<T | Trouble> {
  try {
    const outcome = await work({ signal: life.stopped, timeoutMs })
    delete failures[what]
    return outcome
  } catch (error) {
    const reason = reasonOf(error)
    failures[what] = error instanceof DiscoveryClientError ? error : discoveryFailure(reason)
    return { kind: 'trouble', reason }
  }
}

type RowReader = (entry: DiscoveryClusterEntry) => Row

type WithRow<R, From, To> = R extends { readonly row: From } ? Omit<R, 'row'> & { readonly row: To } : R

/** A result as the core's outcome: with its row, where it has one, as the core needs it. */
function withRow<R extends { readonly kind: string; readonly row?: DiscoveryClusterEntry }>(result: R, row: RowReader) {
  return (result.row === undefined ? result : { ...result, row: row(result.row) }) as WithRow<R, DiscoveryClusterEntry, Row>
}

/** The newest row and, when its Manager can't be dialled, the newest one whose Manager can. */
function newestOf(row: Row, others: IteratorObject<Row>): { row: Row; next?: Row } {
  const next = row.dialable === false ? others.find(({ dialable }) => dialable !== false) : undefined
  return next === undefined ? { row } : { row, next }
}

/** The row as the core needs it. */
export function rowOf(entry: DiscoveryClusterEntry, canDial: DiscoveryParts['canDial']): Row {
  const { managerPeerId: manager, managerMultiaddrs: multiaddrs, relayMultiaddrs } = entry
  const dialable = canDial(manager, multiaddrs) || relayMultiaddrs.some((relay) => canDial(addressParts(relay).peerId ?? manager, [relay]))
  return {
    name: entry.name,
    manager,
    multiaddrs,
    relayMultiaddrs,
    peerCount: entry.peerCount,
    instance: entry.instance,
    ...(dialable ? {} : { dialable }),
    ...(entry.revision === undefined ? {} : { revision: entry.revision }),
    ...(entry.sweepAfterMs === undefined ? {} : { sweepAfterMs: entry.sweepAfterMs })
  }
}
