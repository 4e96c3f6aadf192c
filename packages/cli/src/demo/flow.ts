/** What the demo's console sees of a stream: how much comes, how fast, and what the longest pause was. */
import { reasonOf } from '@auki/canonical'
import type { ResourceEntry } from '@auki/domain'
import { latencyOf } from '../latency.ts'
import { Meter } from '../meter.ts'
import type { Presence } from '../presence.ts'
import { endOf, openBytes } from '../resources.ts'
import { demoFlowTellMs } from '../settings.ts'

/** Reads the log and prints its rate until it ends or `stop` aborts; then prints why. Never rejects. */
export async function watchFlow(presence: Presence, row: ResourceEntry, stop: AbortSignal): Promise<void> {
  const { sourcePeerId: peerId, resourceId } = row
  const end = await readFlow(presence, row, stop).catch(reasonOf)
  if (!stop.aborted) presence.out.tell({ event: 'flow-ended', peerId, resourceId, reason: end }, [])
}

async function readFlow({ domain: { clusterManager: manager }, out }: Presence, row: ResourceEntry, stop: AbortSignal): Promise<string> {
  const { sourcePeerId: peerId, resourceId } = row
  await using subscription = await openBytes(manager, row, { from: 'latest', signal: stop })
  const meter = new Meter(performance.now())
  let entries = 0
  const tell = (): void => {
    out.tell({ event: 'flow', peerId, resourceId, entries, dropped: subscription.dropped, ...meter.read(performance.now()) }, [])
  }
  using telling = new DisposableStack()
  telling.adopt(setInterval(tell, demoFlowTellMs), clearInterval)
  for await (const entry of subscription) {
    entries += 1
    meter.count(performance.now(), entry.payload.length, latencyOf(manager, subscription, entry))
  }
  return endOf(row, subscription)
}
