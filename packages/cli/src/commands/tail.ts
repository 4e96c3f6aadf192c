import type { ReadFrom } from '@auki/domain'
import type { Host } from '../host.ts'
import { latencyOf } from '../latency.ts'
import { needMember } from '../members.ts'
import { Meter, readingText } from '../meter.ts'
import { type LookOptions, lookAt } from '../onlooker.ts'
import { endOf, findRow, openBytes } from '../resources.ts'
import { tailRateMs } from '../settings.ts'
import { tellNotices } from '../stream-notices.ts'

export interface TailOptions extends LookOptions {
  readonly from: ReadFrom
  readonly keep: 'all' | 'latest'
}

/** Tells of each entry, or people of how many there are, until the log ends or the command is stopped. */
export async function tail(cluster: string, peer: string, resource: string, options: TailOptions, host: Host): Promise<void> {
  await using presence = await lookAt(cluster, 'auki tail', options, host)
  const { clusterManager } = presence.domain
  const { out } = presence
  const row = await findRow(clusterManager, needMember(clusterManager, peer), resource, host.stop)
  const { from, keep } = options
  await using subscription = await openBytes(clusterManager, row, { from, keep, signal: host.stop })
  void tellNotices(row, subscription, out)
  const meter = new Meter(performance.now())
  using telling = new DisposableStack()
  if (!out.json) {
    const tellRate = (): void => out.say(`${readingText(meter.read(performance.now()))}  ${subscription.dropped} dropped`)
    telling.adopt(setInterval(tellRate, tailRateMs), clearInterval)
  }
  for await (const entry of subscription) {
    const { timestampNs, seq, payload } = entry
    const latency = latencyOf(clusterManager, subscription, entry)
    meter.count(performance.now(), payload.length, latency)
    if (out.json) out.tell({ timestampNs, seq, bytes: payload.length, ...latency }, '')
  }
  const end = await endOf(row, subscription)
  if (end !== 'cancelled') out.warn(`"${resource}" has ended: ${end}`)
}
