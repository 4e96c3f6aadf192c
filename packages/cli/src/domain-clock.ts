/** What time it is in the domain, as far as it is known. */
import { type ClusterManager, type DomainClockEstimate, DomainClockEstimateUnavailable } from '@auki/domain'
import { secondsText, shortDurationText } from './units.ts'

export type DomainReading =
  | { readonly estimate: DomainClockEstimate; readonly nowNs: bigint }
  | { readonly unknown: DomainClockEstimateUnavailable }

export function readDomainClock(manager: ClusterManager): DomainReading {
  try {
    return { estimate: manager.domainClockEstimate(), nowNs: manager.domainTimeNow() }
  } catch (error) {
    const reason = error instanceof Error && error.cause instanceof DomainClockEstimateUnavailable ? error.cause : error
    if (!(reason instanceof DomainClockEstimateUnavailable)) throw error
    return { unknown: reason }
  }
}

/** For people. `label` names peers. */
export function domainClockText(domain: DomainReading, label: (peerId: string) => string): string {
  if ('unknown' in domain) return `no domain time: ${domain.unknown.message}`
  const { backingPeerId, uncertaintyNs } = domain.estimate
  return `domain time ${secondsText(domain.nowNs)}, within ${shortDurationText(uncertaintyNs)}, by the clock of ${label(backingPeerId)}`
}
