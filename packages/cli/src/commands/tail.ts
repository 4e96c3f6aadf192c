import type { ReadFrom } from '@auki/domain'
import type { Host } from '../host.ts'
import { latencyOf } from '../latency.ts'
import { logOfPeer } from '../log-labels.ts'
import { Meter, readingText } from '../meter.ts'
import { type LookOptions, lookAt } from '../onlooker.ts'
import { tellResumed } from '../pauses.ts'
import { PeerLabels } from '../peer-labels.ts'
import { chosenPeer, labelOf } from '../peer-names.ts'
import type { Presence } from '../presence.ts'
import { mayGoOn, type OpenLog, openAnew } from '../reopening.ts'
import { endOf, findRow, openBytes } from '../resources.ts'
import { tailRateMs } from '../settings.ts'
import { whilePresent } from '../stop.ts'
import { tellNotices } from '../stream-notices.ts'
import { countText } from '../units.ts'

export interface TailOptions extends LookOptions {
  readonly from: ReadFrom
  readonly keep: 'all' | 'latest'
}

/**
 * Tells of each entry, or people of how many there are, until the log ends or the command is stopped. A lost connection does not end it, nor does a producer
 * that was killed and comes back.
 */
export async function tail(cluster: string, peer: string, resource: string, options: TailOptions, host: Host): Promise<void> {
  await using presence = await lookAt(cluster, 'auki tail', options, host)
  const { waiting, domain } = presence
  const { clusterManager, closed } = domain
  const chosen = await chosenPeer(presence, peer, options)
  const row = await waiting.for(`an answer of ${labelOf(chosen, domain.peers)}`, (stop) =>
    findRow(clusterManager, chosen, resource, { stop, withinMs: waiting.timeoutMs })
  )
  const signal = whilePresent(closed, host.stop)
  const opened = { row, subscription: await openBytes(clusterManager, row, { ...options, signal }) }
  try {
    const end = await readOn(presence, opened, { keep: options.keep, signal })
    if (end !== 'cancelled') presence.out.warn(`"${resource}" has ended: ${end}`)
  } catch (error) {
    if (!host.stop.aborted) throw error
  }
  if (!host.stop.aborted) signal.throwIfAborted()
}

/** Reads a log to its end, and the one that comes after it where its peer is started anew; resolves to why there is no more. */
async function readOn(presence: Presence, opened: OpenLog, options: { keep: TailOptions['keep']; signal: AbortSignal }): Promise<string> {
  const { domain, out } = presence
  const label = logOfPeer(opened.row, new PeerLabels(domain).of(opened.row.sourcePeerId))
  for (let log = opened; ; ) {
    const { end, lastMs } = await read(presence, log, label)
    const next = mayGoOn(end) ? await openAnew(domain, log.row, options) : undefined
    if (next === undefined) return end
    const { writerPeerId: peerId, resourceId } = next.row
    tellResumed(out, performance.now() - lastMs, { peerId, resourceId }, label)
    log = next
  }
}

/** Resolves to why it has ended, and when the last entry came. */
async function read({ domain, out }: Presence, { row, subscription }: OpenLog, label: string): Promise<{ end: string; lastMs: number }> {
  await using reading = subscription
  void tellNotices(row, reading, out, label)
  let lastMs = performance.now()
  const meter = new Meter(lastMs)
  using telling = new DisposableStack()
  if (!out.json) {
    const tellRate = (): void => out.say(`${readingText(meter.read(performance.now()))}  ${countText(reading.dropped)} dropped`)
    telling.adopt(setInterval(tellRate, tailRateMs), clearInterval)
  }
  for await (const entry of reading) {
    const { timestampNs, seq, payload } = entry
    const latency = latencyOf(domain.clusterManager, reading, entry)
    lastMs = performance.now()
    meter.count(lastMs, payload.length, latency)
    if (out.json) out.tell({ timestampNs, seq, bytes: payload.length, ...latency }, [])
  }
  return { end: await endOf(row, reading), lastMs }
}
