/** What the cluster layer's calls throw: one class per call, each with a closed set of codes. */
import { AukiError } from '@auki/canonical'

/**
 * A presence that can't begin or has ended, or a member that isn't there.
 *
 * - `no-identity` (`peer`): neither the peer nor the config has an identity; nothing was done.
 * - `session-identity-mismatch` (`peer`, `session`), `identity-mismatch` (`peer`, `identity`), `swarm-identity-mismatch` (`identity`, `swarm`): the parts
 *   given to `Domain.join` belong to different peers; nothing was done.
 * - `swarm-in-use` (`swarm`): the swarm has served a presence, or was stopped; nothing was done.
 * - `identity-in-use`: another process runs under this identity; only as what `closed` resolves to.
 * - `no-such-peer`, `ambiguous-name` (`peer`, `candidates`): no member, or more than one, is meant by what was given; `candidates` are the peer ids to choose from.
 * - `stopped`: what was waited for can't come any more: the presence has ended.
 * - `shutdown`: left, but the cluster's row could not be deleted and goes by itself a few seconds later; the `DiscoveryClientError` is the `cause`.
 */
export class DomainError extends AukiError<
  | 'no-identity'
  | 'session-identity-mismatch'
  | 'identity-mismatch'
  | 'swarm-identity-mismatch'
  | 'swarm-in-use'
  | 'identity-in-use'
  | 'no-such-peer'
  | 'ambiguous-name'
  | 'stopped'
  | 'shutdown'
> {
  override readonly name = 'DomainError'
}

/**
 * A bootstrap that did not end in a cluster.
 *
 * - `invalid-name` (`name`) and `observer-cannot-create`: before any I/O.
 * - `discovery` (`question`: `read`, `create` or `claim`; `reason`): the row could not be read, created or taken back; the `DiscoveryClientError` is the
 *   `cause`.
 * - `already-exists` (`name`): target `create` only. `not-found` (`name`): no such cluster.
 * - `unreachable-creator` (`name`): no such cluster, and one of ours nobody could enter: we have no address and no relay.
 * - `send-join`: the Manager could not be reached or did not answer; `timedOut`, the `reason`, who it is (`manager`), which kinds of address it offers
 *   (`offered`) and which we can dial (`usable`). What the last dial failed of is the `cause`.
 * - `rejected` (`reason`): the Manager said no. `invalid-membership` (`reason`): it accepted with a document that is none of ours.
 * - `runtime`: the network node could not start or be set up; the `reason` `swarm-in-use`: see {@link DomainError}. `relay-reservation`: no reservation at the relay; Discovery was not asked.
 */
export class BootstrapError extends AukiError<
  | 'invalid-name'
  | 'observer-cannot-create'
  | 'discovery'
  | 'already-exists'
  | 'not-found'
  | 'unreachable-creator'
  | 'send-join'
  | 'rejected'
  | 'invalid-membership'
  | 'runtime'
  | 'relay-reservation'
> {
  override readonly name = 'BootstrapError'
}

/** `ClusterManager.createCluster` did not create; codes as in {@link BootstrapError}. */
export class CreateClusterError extends AukiError<'invalid-name' | 'discovery' | 'already-exists' | 'runtime' | 'relay-reservation'> {
  override readonly name = 'CreateClusterError'
}

/** `ClusterManager.joinCluster` did not join; codes as in {@link BootstrapError}. */
export class JoinClusterError extends AukiError<
  'invalid-name' | 'discovery' | 'not-found' | 'send-join' | 'rejected' | 'invalid-membership' | 'runtime' | 'relay-reservation'
> {
  override readonly name = 'JoinClusterError'
}

/**
 * `admitPeer` admitted nobody: `not-manager` (`cluster`, `manager`: ask that peer, `null` when unknown), `already-member` (`peer`), `runtime` (`reason`),
 * `stopped`.
 */
export class AdmitError extends AukiError<'not-manager' | 'already-member' | 'runtime' | 'stopped'> {
  override readonly name = 'AdmitError'
}

/** No answer about a participant: `request` (the `RequestError` is the `cause`), `invalid-json` (the answer is none), `stopped`. */
export class FetchParticipantInfoError extends AukiError<'request' | 'invalid-json' | 'stopped'> {
  override readonly name = 'FetchParticipantInfoError'
}

/** No catalog: `request`; what was wrong is the `cause`, after the end of the presence as well. */
export class FetchResourcesCatalogError extends AukiError<'request'> {
  override readonly name = 'FetchResourcesCatalogError'
}

/**
 * No registry entry, or one that is not what was asked for.
 *
 * `request`, `not-found` (`kind`, `id`, `hash`), `invalid-envelope`, `hash-mismatch` (`expected`, `actual`), `invalid-json`, `stopped`.
 */
export class FetchRegistryEntryError extends AukiError<
  'request' | 'not-found' | 'invalid-envelope' | 'hash-mismatch' | 'invalid-json' | 'stopped'
> {
  override readonly name = 'FetchRegistryEntryError'
}

/**
 * No manifest for a sensor's stream; `details.id` and `hash` say whose entry it failed at.
 *
 * `sensor-entry-missing`, `frame-id-missing`, `frame-hash-missing`, `frame-entry-missing`; `io`, `registry`: the store failed, the `cause` says how.
 */
export class BuildStreamManifestError extends AukiError<
  'sensor-entry-missing' | 'frame-id-missing' | 'frame-hash-missing' | 'frame-entry-missing' | 'io' | 'registry'
> {
  override readonly name = 'BuildStreamManifestError'
}
