/**
 * What to do with an earlier recording in the directory of a new log.
 *
 * Restarting a program must neither mix two recordings nor lose one. An earlier recording is continued only when it is the same log on the same clocks. A
 * session's monotonic clock starts near zero every time, so a log on it is never continued. Any other recording is moved to `archive/` first, or deleted.
 */
import { canonicalText, type Json, parseJson } from '@auki/canonical'
import { RegistryError, type RegistryRef, type RegistryStore, type Storage, StorageError, sameRef } from '@auki/registry'
import { LogError } from '../errors.ts'
import type { LogRef } from '../resource-entry.ts'
import { archiveDirectory, isSegment, logDirectory, manifestPath, segmentsDirectory } from './log-paths.ts'
import { clocksOf, type LogManifest } from './manifest.ts'
import { encodeManifest } from './manifest-codec.ts'
import { readManifest } from './stored-manifest.ts'

interface Components {
  readonly storage: Storage
  readonly registryStore: RegistryStore
}

/**
 * Make the directory of a log ready for a new manifest. Returns the session that wrote what stays in it; `undefined` when nothing does.
 *
 * @throws LogError `manifest` when there are segments but no readable manifest; nothing is touched then.
 */
export async function settleEarlier(
  components: Components,
  log: LogRef,
  manifest: LogManifest,
  earlier: 'archive' | 'delete' = 'archive'
): Promise<string | undefined> {
  const { storage, registryStore } = components
  const directory = logDirectory(log)
  const earlierManifest = await found(storage, directory)
  if (earlierManifest === undefined) {
    if (!(await storage.list(segmentsDirectory(directory))).some(isSegment)) return undefined
    const remedy = 'move the directory away, or put its manifest.json back'
    throw new LogError('manifest', `manifest: "${directory}" has segments but no readable manifest; ${remedy}`, { directory })
  }
  if (await continues(registryStore, earlierManifest, manifest)) return earlierManifest.sessionId
  if (earlier === 'archive') await setAside(storage, log, earlierManifest.sessionId)
  else {
    await storage.remove(segmentsDirectory(directory))
    await storage.remove(manifestPath(directory))
  }
  return undefined
}

// Undefined when there is none, or none that can be read.
async function found(storage: Storage, directory: string): Promise<LogManifest | undefined> {
  try {
    return await readManifest(storage, directory)
  } catch (error) {
    if (error instanceof LogError) return undefined
    throw error
  }
}

async function continues(store: RegistryStore, found: LogManifest, manifest: LogManifest): Promise<boolean> {
  if (timeless(found) !== timeless(manifest)) return false
  const clocks = clocksOf(manifest)
  for (const [i, clock] of clocksOf(found).entries()) {
    if (!(await sameClock(store, clock, clocks[i]!))) return false
  }
  return true
}

// What has to be equal as text: everything but the session, the app, the retention and the clocks.
function timeless(manifest: LogManifest): string {
  const { session_id, app_id, retention_ns, clock, from_clock, to_clock, ...rest } = parseJson(encodeManifest(manifest)) as Record<
    string,
    Json
  >
  return canonicalText({ variant: manifest.variant, ...rest })
}

// UTC clocks of two sessions show the same time when their unit and epoch are equal.
async function sameClock(store: RegistryStore, a: RegistryRef, b: RegistryRef): Promise<boolean> {
  if (sameRef(a, b)) return true
  const [one, other] = [await readClock(store, a), await readClock(store, b)]
  if (one?.type !== 'utc_clock' || other?.type !== 'utc_clock') return false
  return one.unit === other.unit && one.epoch === other.epoch
}

async function readClock(store: RegistryStore, ref: RegistryRef) {
  try {
    return await store.get('clock', ref)
  } catch (error) {
    if (error instanceof StorageError || (error instanceof RegistryError && error.code !== 'io')) return undefined
    throw error
  }
}

// The manifest is copied first and removed last, so that a crash in between leaves no segments without a manifest.
async function setAside(storage: Storage, log: LogRef, sessionId: string): Promise<void> {
  const directory = logDirectory(log)
  const archive = await freeArchive(storage, log, sessionId)
  await storage.write(manifestPath(archive), (await storage.read(manifestPath(directory)))!)
  if ((await storage.list(segmentsDirectory(directory))).length > 0) {
    await storage.rename(segmentsDirectory(directory), segmentsDirectory(archive))
  }
  await storage.remove(manifestPath(directory))
}

async function freeArchive(storage: Storage, log: LogRef, sessionId: string): Promise<string> {
  for (let attempt = 0; ; attempt++) {
    const archive = archiveDirectory(sessionId, attempt, log)
    const taken = (await storage.read(manifestPath(archive))) ?? (await storage.list(segmentsDirectory(archive)))[0]
    if (taken === undefined) return archive
  }
}
