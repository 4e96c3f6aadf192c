/** placeholder signature, the lead is writing the rules */
import type { Effect, Event, Now, RoleName, PeerId } from './events.ts'
import type { ClusterDocument } from './document.ts'
import type { State, Self, Target } from './state.ts'
import type { Settings } from './settings.ts'

export interface Step {
  readonly state: State
  readonly effects: readonly Effect[]
}

export interface InitialState {
  readonly self: Self
  readonly target: Target
  readonly settings: Settings
  /** Explicit relay hints; a joiner takes the row's instead. */
  readonly relayMultiaddrs: readonly string[]
  /** 32-bit seed of all chance in the core. */
  readonly seed: number
}

export declare function initialState(init: InitialState, now: Now): State
export declare function step(state: State, event: Event, now: Now): Step
/** When (monotonic ms) the core next wants a `woken`; Infinity: never. */
export declare function nextDeadline(state: State): number

export interface View {
  /** `undefined` before the bootstrap is done. After the end: the last role. */
  readonly role: RoleName | undefined
  readonly isManager: boolean
  readonly managerPeerId: PeerId | undefined
  readonly clusterName: string
  readonly membership: ClusterDocument
  readonly relayMultiaddrs: readonly string[]
}
export declare function view(state: State, now: Now): View
