import { noContacts } from './contact-book.ts'
import type { Now } from './events.ts'
import { noPeers } from './peer-set.ts'
import type { Settings } from './settings.ts'
import { scanMs } from './settings.ts'
import type { Self, State, Target } from './state.ts'

export interface InitialState {
  readonly self: Self
  readonly target: Target
  readonly settings: Settings
  /** Explicit relay hints; a joiner takes the row's instead. */
  readonly relayMultiaddrs: readonly string[]
  /** 32-bit seed of all chance in the core. */
  readonly seed: number
}

/** A peer that has not begun: the event `started` sets it going. */
export function initialState({ self, target, settings, relayMultiaddrs, seed }: InitialState, now: Now): State {
  const clusterName = target.kind === 'mostRecentOrCreate' ? '' : target.name
  return {
    self,
    settings,
    seed,
    nextNo: 1,
    clusterName,
    relayMultiaddrs,
    role: {
      kind: 'starting',
      target,
      startedAt: now.monoMs,
      deadlineAt: now.monoMs + settings.joinDeadlineMs,
      step: { kind: 'pausing' },
      round: 0,
      row: undefined,
      rowSeenAt: Number.NEGATIVE_INFINITY,
      severalSeen: false,
      goneAt: undefined,
      answered: false,
      createUnknown: false,
      stuckOn: undefined,
      failure: undefined
    },
    document: { clusterName, order: undefined, peers: [] },
    floor: { epoch: 0, version: 0 },
    adoptedAt: Number.NEGATIVE_INFINITY,
    newest: undefined,
    watchUp: false,
    watchOpen: false,
    discoveryLost: false,
    hasty: false,
    writes: { at: Number.NEGATIVE_INFINITY, regular: true, extra: 0 },
    claimedAt: Number.NEGATIVE_INFINITY,
    contacts: noContacts,
    connected: noPeers,
    timers: { step: now.monoMs, scan: now.monoMs + scanMs },
    verdict: undefined,
    pushedAt: Number.NEGATIVE_INFINITY,
    admissions: [],
    departing: [],
    urged: {},
    told: { role: undefined, manager: undefined, peers: [], discoveryLost: false, left: [] }
  }
}
