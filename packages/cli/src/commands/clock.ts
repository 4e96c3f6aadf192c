/** How the clocks of a cluster's members relate to ours, and what time it is in the domain. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type ClockTransformEstimate, type ClusterManager, type DomainClockEstimate, DomainClockEstimateUnavailable } from '@auki/domain'
import type { Host } from '../host.ts'
import { othersOf } from '../members.ts'
import { type LookOptions, lookAt } from '../onlooker.ts'
import { type JsonRecord, table } from '../output.ts'
import { tellPauses } from '../pauses.ts'
import type { Presence } from '../presence.ts'
import { clockTableMs } from '../settings.ts'
import { aborted } from '../stop.ts'

const clearTerminal = '\x1b[2J\x1b[H'

/** Shows every member's clock, again every second until told to stop. */
export async function clock(cluster: string, options: LookOptions, host: Host): Promise<void> {
  await using presence = await lookAt(cluster, 'auki clock', options, host)
  const { clusterManager, closed } = presence.domain
  using watches = new Watches(clusterManager)
  void tellPauses(clusterManager, presence.out, host.stop)
  const over = Promise.race([aborted(host.stop), closed])
  while (!host.stop.aborted) {
    const others = othersOf(presence.domain).map(({ peerId }) => peerId)
    watches.follow(others)
    show(presence, others, host)
    const ended = await Promise.race([over.then(() => true), sleep(clockTableMs, false, { ref: false })])
    if (ended) break
  }
  const why = host.stop.aborted ? undefined : await closed
  if (why !== undefined) throw why
}

/** The members whose clocks are being measured. */
class Watches implements Disposable {
  readonly #manager: ClusterManager
  readonly #watches = new Map<string, Disposable>()

  constructor(manager: ClusterManager) {
    this.#manager = manager
  }

  follow(peerIds: readonly string[]): void {
    for (const [peerId, watch] of this.#watches) {
      if (peerIds.includes(peerId)) continue
      watch[Symbol.dispose]()
      this.#watches.delete(peerId)
    }
    for (const peerId of peerIds) if (!this.#watches.has(peerId)) this.#watches.set(peerId, this.#manager.sampleClockOf(peerId))
  }

  [Symbol.dispose](): void {
    this.follow([])
  }
}

function show({ domain: { clusterManager: manager }, out }: Presence, peerIds: readonly string[], host: Host): void {
  const estimates = manager.clockSyncEstimates()
  const rows = peerIds.map((peerId) => ({ peerId, estimate: newestOf(peerId, estimates), isManager: peerId === manager.managerPeerId }))
  const domain = domainOf(manager)
  if (out.json) {
    for (const { peerId, isManager, estimate } of rows) out.tell({ event: 'clock', peerId, isManager, ...clockFacts(estimate) }, '')
    out.tell({ event: 'domain-clock', ...domainFacts(domain) }, '')
    return
  }
  if (host.isTerminal) host.stdout(clearTerminal)
  const titles = ['PEER', '', 'OFFSET s', 'RATE ppm', 'UNCERTAINTY us', 'AGE s', 'SAMPLES']
  const cells = rows.map(({ peerId, isManager, estimate }) => [peerId, isManager ? 'Manager' : '', ...clockCells(estimate)])
  out.say(`${table(titles, cells)}\n\n${domainText(domain)}\n`)
}

/** After a restart a peer has two clocks; the one observed last is the present one. */
function newestOf(peerId: string, estimates: readonly ClockTransformEstimate[]): ClockTransformEstimate | undefined {
  return estimates
    .filter(({ toClockId }) => toClockId.startsWith(`${peerId}/`))
    .reduce<ClockTransformEstimate | undefined>(
      (newest, next) => (newest !== undefined && newest.ageNs <= next.ageNs ? newest : next),
      undefined
    )
}

function clockFacts(estimate: ClockTransformEstimate | undefined): JsonRecord {
  if (estimate === undefined) return { reason: 'no-sample' }
  const { toClockId: clockId, offsetNs, skewPpb, uncertaintyNs, ageNs, sampleCount } = estimate
  return { clockId, offsetNs, skewPpb, uncertaintyNs, ageNs, sampleCount }
}

function clockCells(estimate: ClockTransformEstimate | undefined): string[] {
  if (estimate === undefined) return ['not known yet']
  const { offsetNs, skewPpb, uncertaintyNs, ageNs, sampleCount } = estimate
  return [
    decimal(offsetNs, 1e9, 6),
    (skewPpb / 1e3).toFixed(2),
    decimal(uncertaintyNs, 1e3, 1),
    decimal(ageNs, 1e9, 1),
    String(sampleCount)
  ]
}

const decimal = (ns: bigint, unit: number, digits: number): string => (Number(ns) / unit).toFixed(digits)

type DomainReading =
  | { readonly estimate: DomainClockEstimate; readonly nowNs: bigint }
  | { readonly unknown: DomainClockEstimateUnavailable }

function domainOf(manager: ClusterManager): DomainReading {
  try {
    return { estimate: manager.domainClockEstimate(), nowNs: manager.domainTimeNow() }
  } catch (error) {
    const reason = error instanceof Error && error.cause instanceof DomainClockEstimateUnavailable ? error.cause : error
    if (!(reason instanceof DomainClockEstimateUnavailable)) throw error
    return { unknown: reason }
  }
}

function domainFacts(domain: DomainReading): JsonRecord {
  if ('unknown' in domain) return { reason: domain.unknown.code }
  const { domainClockId: clockId, backingPeerId, totalOffsetNs: offsetNs, skewPpb, uncertaintyNs, ageNs } = domain.estimate
  return { clockId, domainTimeNs: domain.nowNs, backingPeerId, offsetNs, skewPpb, uncertaintyNs, ageNs }
}

function domainText(domain: DomainReading): string {
  if ('unknown' in domain) return `no domain time: ${domain.unknown.message}`
  const { backingPeerId, uncertaintyNs } = domain.estimate
  return `domain time ${decimal(domain.nowNs, 1e9, 6)} s, within ${decimal(uncertaintyNs, 1e3, 1)} us, by the clock of ${backingPeerId}`
}
