/** Logs of other members, for the commands that read them. */
import type { ClusterManager, DomainPeer, ReadFrom, ResourceEntry, StreamSubscription } from '@auki/domain'
import { untilAnswered } from './answer.ts'
import { CliError } from './errors.ts'
import { logLabel } from './log-labels.ts'
import { clockOf } from './mcap/recorded-log.ts'
import { labelOf } from './peer-names.ts'

/** What a member has. @throws FetchResourcesCatalogError; the reason of `stop`. */
export async function catalogRows(
  manager: ClusterManager,
  peerId: string,
  stop: AbortSignal,
  withinMs?: number | undefined
): Promise<ResourceEntry[]> {
  return (await untilAnswered((signal) => manager.fetchResourcesCatalog(peerId, {}, { signal }), stop, withinMs)).resources
}

/** By its id; `clock` is the log of the peer's own clock, unless another is called so. @throws CliError 'no-such-resource' when the member does not have it. */
export async function findRow(
  manager: ClusterManager,
  peer: DomainPeer,
  resourceId: string,
  { stop, withinMs }: { readonly stop: AbortSignal; readonly withinMs: number | undefined }
): Promise<ResourceEntry> {
  const rows = await catalogRows(manager, peer.peerId, stop, withinMs)
  const found = rows.find((row) => row.resourceId === resourceId) ?? rows.find((row) => logLabel(row) === resourceId)
  if (found !== undefined) return found
  throw noSuchResource(resourceId, labelOf(peer), rows)
}

export function noSuchResource(resourceId: string, where: string, rows: readonly ResourceEntry[]): CliError {
  const known = rows.map(logLabel).join(', ') || 'nothing'
  return new CliError('no-such-resource', `${where} has no "${resourceId}"; it has ${known}`, { where, resource: resourceId })
}

export interface OpenOptions {
  readonly from: ReadFrom
  readonly keep?: 'all' | 'latest'
  /** Aborting it cancels the subscription. */
  readonly signal: AbortSignal
}

/** The entries of a log as they are, undecoded: one that is damaged is no reason to stop. @throws OpenStreamError, CliError 'stream-failed' */
export async function openBytes(
  manager: ClusterManager,
  row: ResourceEntry,
  { from, keep = 'all', signal }: OpenOptions
): Promise<StreamSubscription<'bytes'>> {
  const { writerPeerId, sourcePeerId, resourceId } = row
  const subscription = await manager.openStream(writerPeerId, { resourceId, sourcePeerId, from }, 'bytes', { keep, resume: true, signal })
  if (subscription.manifest.clockHash === clockOf(row).hash) return subscription
  await subscription.cancel()
  throw streamFailed(row, 'it is another log by now')
}

/** Resolves to why a stream that was read to its end has ended. @throws CliError 'stream-failed' when its producer failed. */
export async function endOf(row: ResourceEntry, { ended }: StreamSubscription): Promise<string> {
  const reason = await ended
  if (reason.kind === 'producer_error') throw streamFailed(row, reason.detail)
  return reason.kind
}

function streamFailed({ writerPeerId, resourceId }: ResourceEntry, detail: string): CliError {
  const message = `"${resourceId}" of ${writerPeerId} can't be read: ${detail}; look at its catalog and ask again`
  return new CliError('stream-failed', message, { peer: writerPeerId, resource: resourceId, detail })
}
