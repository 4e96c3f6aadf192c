/** Reading on where a producer was started anew: its log is another one then, which the catalog of the new process has. */
import { setTimeout as sleep } from 'node:timers/promises'
import {
  type Domain,
  type EndReason,
  FetchResourcesCatalogError,
  OpenStreamError,
  type ResourceEntry,
  type StreamSubscription
} from '@auki/domain'
import { CliError } from './errors.ts'
import { othersOf } from './members.ts'
import { catalogRows, type OpenOptions, openBytes } from './resources.ts'
import { lookForPeerMs, noLogAfterMs } from './settings.ts'

/** A log that is being read. */
export interface OpenLog {
  readonly row: ResourceEntry
  readonly subscription: StreamSubscription<'bytes'>
}

/** Whether a stream that ended so may go on as the log of another process. A producer that left in good order said so: that is the end. */
export const mayGoOn = (end: string): boolean => end === ('session_ended' satisfies EndReason['kind'])

/**
 * Waits for the peer to have such a log again, and opens it; `undefined` when there is none. What came before we looked is read, too, except with
 * `keep: 'latest'`. Rejects with the reason of `signal`.
 */
export async function openAnew(
  domain: Domain,
  ended: ResourceEntry,
  { keep = 'all', signal }: Omit<OpenOptions, 'from'>
): Promise<OpenLog | undefined> {
  for (;;) {
    const row = await whenThereAgain(domain, ended, signal)
    if (row === undefined) return undefined
    try {
      const subscription = await openBytes(domain.clusterManager, row, { from: keep === 'latest' ? 'latest' : 'from_start', keep, signal })
      return { row, subscription }
    } catch (error) {
      signal.throwIfAborted()
      const isGoneAgain = error instanceof OpenStreamError || (error instanceof CliError && error.code === 'stream-failed')
      if (!isGoneAgain) throw error
    }
    await pause(signal)
  }
}

/**
 * Resolves to the row of the log, once its peer is a member and has it, however long that takes; to `undefined` when the peer is there and has had no such
 * log for half a minute. Rejects with the reason of `signal`.
 */
async function whenThereAgain(
  domain: Domain,
  { writerPeerId, sourcePeerId, resourceId }: ResourceEntry,
  signal: AbortSignal
): Promise<ResourceEntry | undefined> {
  let missingSinceMs: number | undefined
  for (;;) {
    signal.throwIfAborted()
    const rows = othersOf(domain).some(({ peerId }) => peerId === writerPeerId) ? await rowsOf(domain, writerPeerId, signal) : undefined
    const found = rows?.find((row) => row.resourceId === resourceId && row.sourcePeerId === sourcePeerId)
    if (found !== undefined) return found
    missingSinceMs = rows && (missingSinceMs ?? performance.now())
    if (missingSinceMs !== undefined && performance.now() - missingSinceMs >= noLogAfterMs) return undefined
    await pause(signal)
  }
}

/** `undefined`: it does not answer now. */
async function rowsOf({ clusterManager }: Domain, peerId: string, signal: AbortSignal): Promise<ResourceEntry[] | undefined> {
  try {
    return await catalogRows(clusterManager, peerId, signal)
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof FetchResourcesCatalogError) return undefined
    throw error
  }
}

const pause = (signal: AbortSignal): Promise<void> => sleep(lookForPeerMs, undefined, { signal }).catch(() => signal.throwIfAborted())
