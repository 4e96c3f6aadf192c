/** What an app says when it joins. */
import type { PeerIdentity } from '@auki/identity'
import type { SessionHandle, StreamProvider, Swarm } from '@auki/network'
import type { RegistryStore } from '@auki/registry'
import type { SessionClock } from '@auki/time'
import type { Target } from './core/index.ts'
import type { Log } from './log.ts'
import type { SettingsInit } from './settings.ts'
import type { DaemonInfo, ResourceCatalogProvider } from './shell/data-plane.ts'
import type { AdmitGate } from './shell/gate.ts'

/** Whom a joiner is about to ask. */
export interface JoinOccasion {
  readonly clusterName: string
  readonly managerPeerId: string
  /** The joiner: ourselves. */
  readonly localPeerId: string
}

/** The full value of an HTTP-style Authorization header, or what makes one; called for each attempt to join or rejoin. */
export type JoinAuthorization = string | ((about: JoinOccasion) => string | Promise<string>)

/** How to find the cluster. */
export type ClusterTarget = Target

export const ClusterTarget = {
  /** A new cluster; one of that name is an error. */
  create: (name: string): ClusterTarget => ({ kind: 'create', name }),
  /** A cluster that is there; none of that name is an error. */
  join: (name: string): ClusterTarget => ({ kind: 'join', name }),
  /** The cluster of that name; it is created when it is not there. */
  joinOrCreate: (name: string): ClusterTarget => ({ kind: 'joinOrCreate', name }),
  /** The newest cluster of all; when there is none, a new one of the given name. */
  mostRecentOrCreate: (fallbackName: string): ClusterTarget => ({ kind: 'mostRecentOrCreate', fallbackName })
}

export interface DomainConfig {
  readonly target: ClusterTarget
  /** Proves who we are; its peer id must be the peer's. Default: what the peer was made with, as in `new Peer({ identity })`. */
  readonly localIdentity?: PeerIdentity
  /** Base URL of the Discovery service. */
  readonly discoveryUrl: string
  readonly daemonInfo: DaemonInfo
  /** Multiaddrs to be reached at, taken as they are, the first 16 of at most 256 characters; default: the swarm's routable listen addresses. */
  readonly localMultiaddrs?: readonly string[]
  /**
   * The node to use, made with the same identity; default: one that listens on any free port in both families, in browsers on nothing. From the call on it belongs
   * to the presence, which stops it at the end, also when joining fails after its guards.
   */
  readonly swarm?: Swarm
  /** Answers members that want to read logs of ours; default: every log of the session is served. */
  readonly streamProvider?: StreamProvider
  /** Relays through which a cluster created here can be reached; a joiner takes the row's. */
  readonly relayMultiaddrs?: readonly string[]
  /** Our say in admissions while we are Manager, such as `sharedSecretGate` or `allowListGate`; default: everybody is admitted. */
  readonly admitGate?: AdmitGate
  /** What the Manager's gate gets to see; a function is asked anew for each attempt. Default: empty. */
  readonly joinAuthorization?: JoinAuthorization
  /** Join to look, never become Manager; default false. */
  readonly observer?: boolean
  /** Default: the preset `robust`. */
  readonly settings?: SettingsInit
  /** Default: warnings go to the console. */
  readonly log?: Log
}

/**
 * A place at a relay, taken before Discovery is asked. Both multiaddrs name the same relay by its peer id; the first is dialled, the second told to
 * others.
 */
export interface ManagerRelayReservation {
  readonly relayDialMultiaddr: string
  readonly relayAdvertiseMultiaddr: string
  /** ms */
  readonly timeoutMs: number
}

/** For those who use a `ClusterManager` without a `Domain`: without a `streamProvider` every stream is declined. */
export interface BootstrapInit extends DomainConfig {
  /** Proves who we are. */
  readonly localIdentity: PeerIdentity
  /** The session's one clock. */
  readonly clock: SessionClock
  readonly sessionHandle?: SessionHandle
  readonly resourceCatalogProvider?: ResourceCatalogProvider
  readonly registryStore?: RegistryStore
  readonly relayReservation?: ManagerRelayReservation
}

export type CreateClusterInit = Omit<BootstrapInit, 'target' | 'observer'> & { readonly clusterName: string }
export type JoinClusterInit = Omit<BootstrapInit, 'target' | 'relayReservation'> & { readonly clusterName: string }
