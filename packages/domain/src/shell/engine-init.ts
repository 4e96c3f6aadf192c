import type { Clock } from '@auki/canonical'
import { cleanName, type PeerRuntime, type RuntimeInit } from '@auki/network'
import type { SessionClock } from '@auki/time'
import type { JoinAuthorization } from '../config.ts'
import type { Target } from '../core/index.ts'
import type { Log } from '../log.ts'
import type { PresenceSettings } from '../presence-settings.ts'
import type { DaemonInfo, DataSources } from './data-plane.ts'
import type { Discovery } from './discovery-adapter.ts'
import type { AdmitGate } from './gate.ts'
import type { PerformerParts } from './performers.ts'
import { randomInstance } from './platform.ts'

/** What an engine needs, with every default filled in. */
export interface EngineInit {
  readonly localPeerId: string
  readonly target: Target
  readonly observer: boolean
  readonly settings: PresenceSettings
  readonly gate: AdmitGate | undefined
  /** Presented to the Manager's gate; may be empty. */
  readonly authorization: JoinAuthorization
  readonly daemonInfo: DaemonInfo
  readonly sessionClock: SessionClock
  /** The first ones; {@link Engine.setAddresses} changes them. */
  readonly addresses: OwnAddresses
  readonly sources: Readonly<DataSources>
  readonly discovery: Discovery
  /** Called once, in the constructor; what it makes belongs to the engine. */
  readonly createRuntime: (parts: RuntimeParts) => PeerRuntime
  readonly clock: Clock
  readonly log: Log
}

/** What the network asks of an engine. */
export type RuntimeParts = Pick<RuntimeInit, 'handlers' | 'heartbeatSource'> & Required<Pick<RuntimeInit, 'areMembers' | 'sessionEnded'>>

/** Where we can be reached, and the relays a cluster of ours can be reached through. */
export interface OwnAddresses {
  readonly multiaddrs: readonly string[]
  readonly relayMultiaddrs: readonly string[]
}

/** Who we are to Discovery and to other peers, with the addresses of the moment. The instance is drawn anew for each presence. */
export function selfOf(
  { localPeerId: peerId, observer, authorization, daemonInfo }: EngineInit,
  multiaddrs: () => readonly string[]
): PerformerParts['self'] {
  const name = cleanName(daemonInfo.name)
  return {
    ...{ peerId, observer, authorization, instance: randomInstance(), ...(name !== '' && { name }) },
    get multiaddrs() {
      return multiaddrs()
    }
  }
}
