import type { HeartbeatSource, PeerRuntime, RuntimeHandlers } from '@auki/network'
import type { SessionClock } from '@auki/time'
import type { JoinAuthorization } from '../config.ts'
import type { RoleName, Target, View } from '../core/index.ts'
import type { Log } from '../log.ts'
import type { PresenceSettings } from '../settings.ts'
import type { ShellClock } from './clock.ts'
import type { DaemonInfo } from './data-plane.ts'
import type { Discovery } from './discovery-adapter.ts'
import type { AdmitGate } from './gate.ts'

/** What an engine needs; nothing in it is optional any more. */
export interface EngineInit {
  readonly localPeerId: string
  readonly target: Target
  readonly observer: boolean
  readonly settings: PresenceSettings
  readonly gate: AdmitGate | undefined
  /** For the Manager's gate; empty: none. */
  readonly authorization: JoinAuthorization
  readonly daemonInfo: DaemonInfo
  readonly sessionClock: SessionClock
  readonly discovery: Discovery
  /** Called once, at once; what it makes belongs to the engine. */
  readonly createRuntime: (handlers: RuntimeHandlers, source: HeartbeatSource) => PeerRuntime
  readonly clock: ShellClock
  readonly log: Log
}

/** Where we can be reached, and the relays we were told of. */
export interface OwnAddresses {
  readonly multiaddrs: readonly string[]
  readonly relayMultiaddrs: readonly string[]
}

/** How things stand; after the end: how they stood. */
export interface Standing extends Omit<View, 'role'> {
  readonly role: RoleName
}
