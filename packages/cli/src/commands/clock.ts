/** How the clocks of a cluster's members relate to ours, and what time it is in the domain. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { ClockTransformEstimate, ClusterManager } from '@auki/domain'
import { clean } from '../clean.ts'
import { newestOf } from '../clock-estimates.ts'
import { type DomainReading, domainClockText, readDomainClock } from '../domain-clock.ts'
import type { Host } from '../host.ts'
import { othersOf } from '../members.ts'
import { type LookOptions, lookAt } from '../onlooker.ts'
import type { JsonRecord } from '../output.ts'
import { tellPauses } from '../pauses.ts'
import { labelIn } from '../peer-names.ts'
import type { Presence } from '../presence.ts'
import type { LiveLines } from '../screen.ts'
import { clockTableMs } from '../settings.ts'
import { aborted } from '../stop.ts'
import type { Cell, Column } from '../table.ts'
import { agoText, countText, secondsText, shortDurationText } from '../units.ts'

/** Shows every member's clock, again every second until told to stop. */
export async function clock(cluster: string, options: LookOptions, host: Host): Promise<void> {
  await using presence = await lookAt(cluster, 'auki clock', options, host)
  const { clusterManager, closed } = presence.domain
  using watches = new Watches(clusterManager)
  using live = presence.out.live('stdout')
  void tellPauses(clusterManager, presence.out, host.stop)
  const over = Promise.race([aborted(host.stop), closed])
  while (!host.stop.aborted) {
    const others = othersOf(presence.domain).map(({ peerId }) => peerId)
    watches.follow(others)
    show(presence, others, live)
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

const columns: readonly Column[] = [
  { title: 'PEER' },
  { title: 'ROLE' },
  { title: 'OFFSET', align: 'right', whole: true },
  { title: 'DRIFT', align: 'right', whole: true },
  { title: 'WITHIN', align: 'right', whole: true },
  { title: 'MEASURED', align: 'right', whole: true },
  { title: 'SAMPLES', align: 'right' },
  { title: 'CLOCK', wide: true }
]

function show({ domain, out }: Presence, peerIds: readonly string[], live: LiveLines | undefined): void {
  const { clusterManager: manager, peers } = domain
  const estimates = manager.clockSyncEstimates()
  const rows = peerIds.map((peerId) => ({ peerId, estimate: newestOf(peerId, estimates), isManager: peerId === manager.managerPeerId }))
  const reading = readDomainClock(manager)
  for (const { peerId, isManager, estimate } of rows) out.tell({ event: 'clock', peerId, isManager, ...clockFacts(estimate) }, [])
  out.tell({ event: 'domain-clock', ...domainFacts(reading) }, [])
  const label = (peerId: string): string => labelIn(peers, peerId)
  const cells = rows.map(({ peerId, isManager, estimate }): Cell[] => [
    label(peerId),
    isManager ? { text: 'Manager', style: 'green' } : 'follower',
    ...clockCells(estimate)
  ])
  out.frame([...out.tableLines(columns, cells), clean(''), clean(domainClockText(reading, label))], live)
}

function clockFacts(estimate: ClockTransformEstimate | undefined): JsonRecord {
  if (estimate === undefined) return { reason: 'no-sample' }
  const { toClockId: clockId, offsetNs, skewPpb, uncertaintyNs, ageNs, sampleCount } = estimate
  return { clockId, offsetNs, skewPpb, uncertaintyNs, ageNs, sampleCount }
}

function clockCells(estimate: ClockTransformEstimate | undefined): Cell[] {
  if (estimate === undefined) return [{ text: 'not known yet', style: 'dim' }]
  const { toClockId, offsetNs, skewPpb, uncertaintyNs, ageNs, sampleCount } = estimate
  const age = agoText(Number(ageNs / 1_000_000n))
  return [
    secondsText(offsetNs),
    `${(skewPpb / 1e3).toFixed(2)} ppm`,
    shortDurationText(uncertaintyNs),
    age,
    countText(sampleCount),
    toClockId
  ]
}

function domainFacts(domain: DomainReading): JsonRecord {
  if ('unknown' in domain) return { reason: domain.unknown.code }
  const { domainClockId: clockId, backingPeerId, totalOffsetNs: offsetNs, skewPpb, uncertaintyNs, ageNs } = domain.estimate
  return { clockId, domainTimeNs: domain.nowNs, backingPeerId, offsetNs, skewPpb, uncertaintyNs, ageNs }
}
