import type { PayloadKind } from '@auki/datatypes'
import type * as network from '@auki/network'
import { type ClockRef, type ConvertedTime, domainClockRef } from '@auki/time'
import type { ClusterClocks } from '../shell/cluster-clocks.ts'

/** A log of a peer, entry by entry. Leaving the loop over it cancels it. While it is open, the peer's clock is measured. */
export interface StreamSubscription<K extends PayloadKind = PayloadKind> extends network.StreamSubscription<K> {
  /**
   * When an entry was, in domain time: its timestamp on the clock that the manifest names, by {@link ClusterManager.convertTime}.
   *
   * @throws ConvertTimeError `no-path` before clock and domain are known, some 100 ms after joining, and for a clock that is not the peer's session clock,
   * `conversion-out-of-range`.
   */
  toDomainTime(entry: { readonly timestampNs: bigint }): ConvertedTime
}

/** A subscription to one of several kinds; narrows by its `kind`. */
export type SubscriptionTo<K extends PayloadKind = PayloadKind> = { [P in K]: StreamSubscription<P> }[K]

/** What converts an entry's timestamp to domain time. */
export interface DomainTimes {
  readonly standing: { readonly clusterName: string }
  readonly clocks: Pick<ClusterClocks, 'watch'>
  convertTime(from: ClockRef, to: ClockRef, tNs: bigint): ConvertedTime
}

/** Adds `toDomainTime` to a subscription, and measures the peer's clock until it ends. */
export function inDomainTime<S extends network.StreamSubscription>(
  subscription: S,
  peerId: string,
  times: DomainTimes
): S & Pick<StreamSubscription, 'toDomainTime'> {
  const { clockId: id, clockHash: hash } = subscription.manifest
  const watching = times.clocks.watch(peerId)
  void subscription.ended.then(() => watching[Symbol.dispose]())
  const toDomainTime: StreamSubscription['toDomainTime'] = ({ timestampNs }) =>
    times.convertTime({ id, hash }, domainClockRef(times.standing.clusterName), timestampNs)
  return Object.assign(subscription, { toDomainTime })
}
