import { type ClusterManager, FetchRegistryEntryError, type RegistryKind, type RegistryRef, type ResourceEntry } from '@auki/domain'
import type { Entry } from '@auki/registry'
import { untilAnswered } from './answer.ts'
import { type RecordedRegistryEntry, refsOfRow } from './mcap/recorded-log.ts'

const fetchers = {
  sensor: 'fetchSensorEntry',
  clock: 'fetchClockEntry',
  frame: 'fetchFrameEntry',
  detector: 'fetchDetectorEntry'
} as const satisfies Record<RegistryKind, keyof ClusterManager>

/**
 * The entries that a row refers to, each fetched from the peer it belongs to; those of peers that are not in the cluster are left out.
 *
 * @throws FetchRegistryEntryError when the log's own peer does not answer; the reason of `stop`.
 */
export async function registryOf(manager: ClusterManager, row: ResourceEntry, stop: AbortSignal): Promise<RecordedRegistryEntry[]> {
  const known: RecordedRegistryEntry[] = []
  const members = new Set(manager.membership.peers.map(({ peerId }) => peerId))
  const fetch = async (kind: RegistryKind, ref: RegistryRef): Promise<void> => {
    if (!members.has(ref.peerId)) return
    const ask = (signal: AbortSignal): Promise<Entry> => manager[fetchers[kind]](ref.peerId, ref.id, ref.hash, { signal })
    try {
      known.push({ kind, ref, entry: await untilAnswered(ask, stop) } as RecordedRegistryEntry)
    } catch (error) {
      if (ref.peerId === row.sourcePeerId || !(error instanceof FetchRegistryEntryError)) throw error
    }
  }
  for (const { kind, ref } of refsOfRow(row)) await fetch(kind, ref)
  const sensor = known.find(({ kind }) => kind === 'sensor') as Extract<RecordedRegistryEntry, { kind: 'sensor' }> | undefined
  if (sensor !== undefined) await fetch('frame', sensor.entry.frame)
  return known
}
