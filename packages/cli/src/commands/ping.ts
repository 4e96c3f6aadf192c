/** How long the way to a peer and back takes, again and again: over which way, and how its clock stands. */
import { setTimeout as sleep } from 'node:timers/promises'
import { reasonOf } from '@auki/canonical'
import type { ClockTransformEstimate, DomainPeer } from '@auki/domain'
import { newestOf } from '../clock-estimates.ts'
import { CliError } from '../errors.ts'
import type { Host } from '../host.ts'
import { type LookOptions, lookAt } from '../onlooker.ts'
import { chosenPeer, labelOf } from '../peer-names.ts'
import { type PingSummary, PingTally } from '../ping-tally.ts'
import type { Presence } from '../presence.ts'
import { pingAnswerMs, pingEveryMs } from '../settings.ts'
import { whilePresent } from '../stop.ts'
import { durationText, secondsText, shortDurationText } from '../units.ts'
import { sayWhile } from '../waiting.ts'
import { wayText } from '../ways.ts'

export interface PingOptions extends LookOptions {
  /** Default: until stopped. */
  readonly count?: number
}

/** @throws CliError 'no-answer' when none was answered */
export async function ping(cluster: string, text: string, options: PingOptions, host: Host): Promise<void> {
  await using presence = await lookAt(cluster, 'auki ping', options, host)
  const { domain, out } = presence
  const peer = await chosenPeer(presence, text, options)
  using _ = domain.clusterManager.sampleClockOf(peer.peerId)
  const label = labelOf(peer, domain.peers)
  const tally = new PingTally()
  const signal = whilePresent(domain.closed, host.stop)
  for (let seq = 1; seq <= (options.count ?? Number.POSITIVE_INFINITY) && !signal.aborted; seq += 1) {
    const next = sleep(pingEveryMs, undefined, { signal }).catch(() => {})
    await pingOnce(presence, host, { peer, label, seq, tally, signal })
    if (seq !== options.count) await next
  }
  if (!host.stop.aborted) signal.throwIfAborted()
  const { summary } = tally
  out.tell({ event: 'summary', peerId: peer.peerId, ...summary }, summaryText(label, summary))
  if (summary.sent > 0 && summary.received === 0) {
    const message = `${label} answered none of ${summary.sent} pings; see how it is reached: auki peers ${cluster}`
    throw new CliError('no-answer', message, { cluster, peer: peer.peerId })
  }
}

interface Ping {
  readonly peer: DomainPeer
  readonly label: string
  readonly seq: number
  readonly tally: PingTally
  readonly signal: AbortSignal
}

/** What is under way when the command is stopped does not count. */
async function pingOnce({ domain, out }: Presence, host: Host, { peer: { peerId }, label, seq, tally, signal }: Ping): Promise<void> {
  const deadline = AbortSignal.timeout(pingAnswerMs)
  try {
    const rttMs = await sayWhile(host, `an answer of ${label}`, domain.ping(peerId, { signal: AbortSignal.any([signal, deadline]) }))
    tally.note(rttMs)
    const contact = domain.contactOf(peerId)
    const clock = newestOf(peerId, domain.clusterManager.clockSyncEstimates())
    const facts = { event: 'pong', peerId, seq, rttMs, address: contact?.multiaddr, relayed: contact?.relayed, ...clockFacts(clock) }
    const way = contact === undefined ? '' : `  ${contact.relayed ? '' : 'direct '}${wayText(contact)}`
    out.tell(facts, `${seq}  ${label}  ${rttText(rttMs)}${way}  ${clockText(clock)}`)
  } catch (error) {
    if (signal.aborted) return
    tally.note(undefined)
    const reason = deadline.aborted ? `no answer within ${durationText(pingAnswerMs)}` : reasonOf(error)
    out.tell({ event: 'lost', peerId, seq, reason }, `${seq}  ${label}  ${reason}`)
  }
}

const clockFacts = (clock: ClockTransformEstimate | undefined) => clock && { offsetNs: clock.offsetNs, uncertaintyNs: clock.uncertaintyNs }

const clockText = (clock: ClockTransformEstimate | undefined): string =>
  clock === undefined ? 'clock not known yet' : `clock ${secondsText(clock.offsetNs)} ±${shortDurationText(clock.uncertaintyNs)}`

const rttText = (ms: number): string => shortDurationText(BigInt(Math.round(ms * 1e6)))

function summaryText(label: string, { sent, received, lossPercent, minMs, medianMs, maxMs }: PingSummary): string[] {
  const times = [minMs, medianMs, maxMs].flatMap((ms) => (ms === undefined ? [] : rttText(ms)))
  const round = times.length === 0 ? [] : [`round trip min/median/max ${times.join(' / ')}`]
  return [`${label}: ${sent} sent, ${received} answered, ${lossPercent} % lost`, ...round]
}
