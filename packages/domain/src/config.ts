/** The configuration of a presence. */
import type { PeerIdentity } from '@auki/identity'
import type { SessionHandle, StreamProvider, Swarm } from '@auki/network'
import type { RegistryStore } from '@auki/registry'
import type { SessionClock } from '@auki/time'
import type { Target } from './core/index.ts'
import type { Log } from './log.ts'
import type { SettingsInit } from './presence-settings.ts'
import type { DaemonInfo, ResourceCatalogProvider } from './shell/data-plane.ts'
import type { AdmitGate } from './shell/gate.ts'

/** What a {@link JoinAuthorization} function is told: who asks whom to be admitted to which cluster. */
export interface JoinOccasion {
  readonly clusterName: string
  readonly managerPeerId: string
  /** The joiner: ourselves. */
  readonly localPeerId: string
}

/** The full value of an HTTP-style Authorization header, or a function that returns one and is called for each attempt to join or rejoin. */
export type JoinAuthorization = string | ((about: JoinOccasion) => string | Promise<string>)

/** Which cluster to join or create; made with the functions of the same name. */
export type ClusterTarget = Target

export const ClusterTarget = {
  /** A new cluster. BootstrapError `already-exists` when there is one of that name. */
  create: (name: string): ClusterTarget => ({ kind: 'create', name }),
  /** An existing cluster. BootstrapError `not-found` when there is none of that name. */
  join: (name: string): ClusterTarget => ({ kind: 'join', name }),
  /** The cluster of that name; created when it does not exist. */
  joinOrCreate: (name: string): ClusterTarget => ({ kind: 'joinOrCreate', name }),
  /** The cluster created last; when there is none at all, a new one named `fallbackName`. */
  mostRecentOrCreate: (fallbackName: string): ClusterTarget => ({ kind: 'mostRecentOrCreate', fallbackName })
}

/** How a peer is reached that nobody can dial, and what a peer does for those. */
export interface RelayConfig {
  /**
   * `auto`: a place at a relay of the cluster, or at a member that relays, while nobody can dial us: we listen on nothing, or the Manager sees us at an address
   * that is not ours. `off`: none. A multiaddr: a place at this relay, taken before Discovery is asked, and kept. Default: `auto`; for observers, and
   * where `localMultiaddrs` are given, `off`.
   */
  readonly use?: 'auto' | 'off' | string
  /**
   * Whether to relay for members. `true`: always; an object: always, for so many `members` (1 to 1,024, default 64), each of which may send `kbitPerMember` kbit/s
   * (default 8,000). Default: as long as others can dial us; `false` and browsers: never.
   */
  readonly serve?: boolean | { readonly members?: number; readonly kbitPerMember?: number }
  /** How long the relay that `use` names may take to have us, ms; default 10,000. */
  readonly timeoutMs?: number
}

export interface DomainConfig {
  /** Which cluster to join or create. */
  readonly target: ClusterTarget
  /** Proves who we are; its peer id must be the peer's. Default: what the peer was made with, as in `new Peer({ identity })`. */
  readonly localIdentity?: PeerIdentity
  /** Base URL of the Discovery service. */
  readonly discoveryUrl: string
  /** How we introduce ourselves to other members. */
  readonly daemonInfo: DaemonInfo
  /**
   * Multiaddrs to listen on; empty: none, the node only dials. One of a family that the host lacks is skipped where another stands. Default: any free port of all
   * interfaces, `/ip4/0.0.0.0/tcp/0` and `/ip6/::/tcp/0`; in browsers none. Not together with `swarm`.
   */
  readonly listen?: readonly string[]
  /**
   * Multiaddrs that others are told beside those listened on, such as what a router forwards to us, or a DNS name. Default: none. Not together with `swarm`.
   */
  readonly announce?: readonly string[]
  /**
   * Multiaddrs to be reached at, taken as they are, the first 16 of at most 256 characters, in place of what is listened on and announced. Default: what the node
   * listens on at any time, as far as others can reach it; when that changes they are told (`Domain.addresses`).
   */
  readonly localMultiaddrs?: readonly string[]
  /**
   * The node to use, made with the same identity; default: one that is made with `listen` and `announce`. From the call on it belongs to the presence, which stops
   * it at the end, also when joining fails after its guards.
   */
  readonly swarm?: Swarm
  /** Answers members that want to read logs of ours; default: every log of the session is served. */
  readonly streamProvider?: StreamProvider
  /** How we are reached where nobody can dial us, and whether we carry for others. Default: as far as it costs nothing. */
  readonly relay?: RelayConfig
  /** Relays through which a cluster created here can be reached, beside that of `relay.use`; a joiner takes the row's. */
  readonly relayMultiaddrs?: readonly string[]
  /** Decides about admissions while we are Manager, such as `sharedSecretGate` or `allowListGate`; default: everybody is admitted. */
  readonly admitGate?: AdmitGate
  /** Presented to the Manager's gate; a function is called anew for each attempt. Default: empty. */
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
  /** Ends in `/p2p/<relay's peer id>`, as does the other. */
  readonly relayDialMultiaddr: string
  readonly relayAdvertiseMultiaddr: string
  /** How long to wait for the reservation, ms. */
  readonly timeoutMs: number
}

/** For those who use a `ClusterManager` without a `Domain`: without a `streamProvider` every stream is declined. */
export interface BootstrapInit extends DomainConfig {
  /** Proves who we are. */
  readonly localIdentity: PeerIdentity
  /** The session clock, `session.clock`: entries, samples and domain time refer to it. */
  readonly clock: SessionClock
  /** Whose logs the catalog lists; default: none. */
  readonly sessionHandle?: SessionHandle
  /** Answers catalog requests in place of the session; default: the `sessionHandle` does. */
  readonly resourceCatalogProvider?: ResourceCatalogProvider
  /** Answers members that ask for registry entries; default: there are none. */
  readonly registryStore?: RegistryStore
  /** As `relay.use` and `relay.timeoutMs`, where the relay is dialled at another address than others are told. Default: no relay. */
  readonly relayReservation?: ManagerRelayReservation
}

export type CreateClusterInit = Omit<BootstrapInit, 'target' | 'observer'> & { readonly clusterName: string }
export type JoinClusterInit = Omit<BootstrapInit, 'target' | 'relayReservation'> & { readonly clusterName: string }
