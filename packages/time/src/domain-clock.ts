/**
 * The domain clock is one peer's session clock (the backing clock) plus a constant. When another peer becomes Manager, it continues the same time with its
 * own session clock and another constant.
 */
import { contentHashOf } from '@auki/canonical'
import { TimeError } from './errors.ts'
import { askedAt, type ClockTransformEstimate, drift, offsetAt } from './estimate.ts'
import { isI64, u64Max } from './numbers.ts'
import type { ClockRef } from './session-clock.ts'

/** What a Manager advertises in its heartbeats: which of its clocks backs the domain clock, and by how much they differ. */
export interface DomainClockSource {
  /** The cluster whose time it is. */
  readonly clusterName: string
  /** `<cluster>/domain-clock`. */
  readonly domainClockId: string
  /** See `domainClockRef`. */
  readonly domainClockHash: string
  /** The peer whose clock backs the domain clock. */
  readonly backingPeerId: string
  /** That clock. */
  readonly backingClockId: string
  /** Content hash of its registry entry. */
  readonly backingClockHash: string
  /** domain − backing, i64 */
  readonly backingToDomainOffsetNs: bigint
  /** u64; what the handovers so far cost. Absent is 0. */
  readonly backingToDomainUncertaintyNs?: bigint
}

/** The domain clock seen from a local clock; nanoseconds. */
export interface DomainClockEstimate {
  /** The cluster whose time it is. */
  readonly clusterName: string
  /** The clock it is seen from. */
  readonly localClockId: string
  /** Content hash of its registry entry. */
  readonly localClockHash: string
  /** `<cluster>/domain-clock`. */
  readonly domainClockId: string
  /** See `domainClockRef`. */
  readonly domainClockHash: string
  /** The peer whose clock backs the domain clock. */
  readonly backingPeerId: string
  /** That clock. */
  readonly backingClockId: string
  /** Content hash of its registry entry. */
  readonly backingClockHash: string
  /** At the reading asked about, which is `ageNs` after `observedAtClockNs`. */
  readonly peerToBackingOffsetNs: bigint
  /** domain − backing. */
  readonly backingToDomainOffsetNs: bigint
  /** domain − local, at the reading asked about. */
  readonly totalOffsetNs: bigint
  /** At the reading asked about. */
  readonly uncertaintyNs: bigint
  /** On the local clock. */
  readonly observedAtClockNs: bigint
  /** At least 0, on the local clock. */
  readonly ageNs: bigint
  /** How fast the offset grows, in parts per billion of the local clock. */
  readonly skewPpb: number
  /** How fast the uncertainty grows with the distance from the reading asked about. */
  readonly skewUncertaintyPpb: number
}

/** The offset (domain − local) of an estimate at another reading of the local clock. */
export function domainOffsetAt(estimate: DomainClockEstimate, tNs: bigint): bigint {
  return estimate.totalOffsetNs + drift(estimate.skewPpb, tNs - askedAt(estimate))
}

/** The entry whose content hash identifies a cluster's domain clock. */
export function domainClockEntry(clusterName: string) {
  return { cluster_name: clusterName, domain_clock_id: `${clusterName}/domain-clock`, kind: 'domain_clock', schema_version: 1 }
}

/** Id and hash of a cluster's domain clock. */
export function domainClockRef(clusterName: string): ClockRef {
  const entry = domainClockEntry(clusterName)
  return { id: entry.domain_clock_id, hash: contentHashOf(entry) }
}

/** A source backed by a peer's own clock; with offset 0, as a new cluster starts, unless told otherwise. */
export function ownSource(init: {
  clusterName: string
  peerId: string
  clock: ClockRef
  offsetNs?: bigint
  uncertaintyNs?: bigint
}): DomainClockSource {
  const domainClock = domainClockRef(init.clusterName)
  return {
    clusterName: init.clusterName,
    domainClockId: domainClock.id,
    domainClockHash: domainClock.hash,
    backingPeerId: init.peerId,
    backingClockId: init.clock.id,
    backingClockHash: init.clock.hash,
    backingToDomainOffsetNs: init.offsetNs ?? 0n,
    backingToDomainUncertaintyNs: init.uncertaintyNs ?? 0n
  }
}

/** What a new Manager advertises, so that domain time goes on. The uncertainty of its own estimate becomes part of the source. */
export function inheritedSource(estimate: DomainClockEstimate, peerId: string): DomainClockSource {
  return ownSource({
    clusterName: estimate.clusterName,
    peerId,
    clock: { id: estimate.localClockId, hash: estimate.localClockHash },
    offsetNs: estimate.totalOffsetNs,
    uncertaintyNs: estimate.uncertaintyNs
  })
}

/**
 * Own clock → domain clock, out of own clock → backing clock and what the backing peer advertises. Observation, age and skew are those of the estimate.
 *
 * @throws TimeError `backing-clock-id-mismatch`, `backing-clock-hash-mismatch` or `total-offset-out-of-range`, also when the uncertainty does not fit a u64.
 */
export function composeDomainEstimate(estimate: ClockTransformEstimate, source: DomainClockSource): DomainClockEstimate {
  requireSameClock(estimate, source)
  const peerToBackingOffsetNs = offsetAt(estimate, askedAt(estimate))
  const totalOffsetNs = peerToBackingOffsetNs + source.backingToDomainOffsetNs
  const uncertaintyNs = estimate.uncertaintyNs + (source.backingToDomainUncertaintyNs ?? 0n)
  if (!isI64(totalOffsetNs) || uncertaintyNs > u64Max) {
    const message = `the offset to the domain clock "${source.domainClockId}" is out of range: ${totalOffsetNs} ns, known to ${uncertaintyNs} ns`
    throw new TimeError('total-offset-out-of-range', message, { totalOffsetNs, uncertaintyNs })
  }
  return {
    clusterName: source.clusterName,
    localClockId: estimate.fromClockId,
    localClockHash: estimate.fromClockHash,
    domainClockId: source.domainClockId,
    domainClockHash: source.domainClockHash,
    backingPeerId: source.backingPeerId,
    backingClockId: source.backingClockId,
    backingClockHash: source.backingClockHash,
    peerToBackingOffsetNs,
    backingToDomainOffsetNs: source.backingToDomainOffsetNs,
    totalOffsetNs,
    uncertaintyNs,
    observedAtClockNs: estimate.observedAtClockNs,
    ageNs: estimate.ageNs,
    skewPpb: estimate.skewPpb,
    skewUncertaintyPpb: estimate.skewUncertaintyPpb
  }
}

function requireSameClock(estimate: ClockTransformEstimate, source: DomainClockSource): void {
  if (source.backingClockId !== estimate.toClockId) {
    const message = `the domain clock is backed by clock "${source.backingClockId}", the estimate is of "${estimate.toClockId}"`
    throw new TimeError('backing-clock-id-mismatch', message, { expected: source.backingClockId, found: estimate.toClockId })
  }
  if (source.backingClockHash !== estimate.toClockHash) {
    const message = `the backing clock "${source.backingClockId}" has the hash "${source.backingClockHash}", the estimate's has "${estimate.toClockHash}"`
    throw new TimeError('backing-clock-hash-mismatch', message, { expected: source.backingClockHash, found: estimate.toClockHash })
  }
}
