/**
 * A peer's registry: entries filed under their content hash.
 *
 * Other content under the same id becomes another file beside the first, so that references to earlier versions stay valid. Nothing that is read is
 * trusted: every entry is hashed and compared with the reference.
 */
import { type AbortOptions, contentHash, reasonOf } from '@auki/canonical'
import { encodeEntry, entryId } from './codec.ts'
import type { Entry, FrameRegistryEntry, RegistryEntries, SensorRegistryEntry } from './entries.ts'
import { RegistryError, StorageError } from './errors.ts'
import { checkAxes } from './frames.ts'
import { registryDirectory, registryPath } from './paths.ts'
import type { RegistryKind, RegistryRef } from './refs.ts'
import type { Storage } from './storage.ts'
import { readStored, verifyEntry } from './verify.ts'
import { bytesOf } from './wire.ts'

/** A file that `list` left out, and why. */
export interface SkippedFile {
  /** Relative to the storage. */
  readonly path: string
  /** What is wrong with it. */
  readonly error: unknown
}

/** Options of a {@link RegistryStore}. */
export interface RegistryStoreOptions {
  /** Called for every file that `list` leaves out; default: a warning on the console. */
  readonly onSkipped?: (skipped: SkippedFile) => void
}

/** The registry in a storage: one API for the four kinds of entry. */
export class RegistryStore {
  readonly #storage: Storage
  readonly #onSkipped: (skipped: SkippedFile) => void

  constructor(storage: Storage, options: RegistryStoreOptions = {}) {
    this.#storage = storage
    this.#onSkipped = options.onSkipped ?? warn
  }

  /**
   * File an entry; `created` is false when exactly these bytes were there. Does not apply the id rule.
   *
   * @throws RegistryError `json`, `invalid-axes` (frames), `frame-reference-missing` (sensors: the frame must be readable here first), `io`;
   * StorageError `invalid-path`. Nothing is written then.
   */
  async put<K extends RegistryKind>(
    kind: K,
    entry: RegistryEntries[K] | Entry<K>,
    options: AbortOptions = {}
  ): Promise<{ ref: RegistryRef; created: boolean }> {
    options.signal?.throwIfAborted()
    const bytes = bytesOf(encodeEntry(kind, entry))
    const ref = { peerId: entry.peerId, id: entryId(kind, entry), hash: contentHash(bytes) }
    const path = registryPath(kind, ref)
    if (kind === 'frame') checkAxes((entry as FrameRegistryEntry).axes)
    if (kind === 'sensor') await this.#needFrame(entry as SensorRegistryEntry, options)
    const present = await this.#io(() => this.#storage.read(path))
    if (present !== undefined && contentHash(present) === ref.hash) return { ref, created: false }
    options.signal?.throwIfAborted()
    await this.#io(() => this.#storage.write(path, bytes))
    return { ref, created: true }
  }

  /**
   * Read an entry; `undefined` when there is none.
   *
   * @throws RegistryError `hash-mismatch`, `json`, `peer-mismatch`, `id-mismatch` when the file is not what was asked for, `io`;
   * StorageError `invalid-hash`, `invalid-path` when the reference can't be a path.
   */
  async get<K extends RegistryKind>(kind: K, ref: RegistryRef, options: AbortOptions = {}): Promise<Entry<K> | undefined> {
    options.signal?.throwIfAborted()
    const path = registryPath(kind, ref)
    const bytes = await this.#io(() => this.#storage.read(path))
    return bytes === undefined ? undefined : verifyEntry(kind, ref, bytes)
  }

  /**
   * References to all entries of a kind (of one peer), ordered by peer id, id and hash. Files that do not verify are left out and reported to
   * `onSkipped`. @throws RegistryError `io`; StorageError `invalid-path`.
   */
  async list(kind: RegistryKind, peerId?: string, options: AbortOptions = {}): Promise<RegistryRef[]> {
    const directory = registryDirectory(kind, peerId)
    const refs: RegistryRef[] = []
    for (const path of await this.#io(() => this.#storage.list(directory))) {
      options.signal?.throwIfAborted()
      const ref = await this.#identify(kind, path)
      if (ref !== undefined && (peerId === undefined || ref.peerId === peerId)) refs.push(ref)
    }
    return refs.sort((a, b) => compare(a.peerId, b.peerId) || compare(a.id, b.id) || compare(a.hash, b.hash))
  }

  async #identify(kind: RegistryKind, path: string): Promise<RegistryRef | undefined> {
    const bytes = await this.#io(() => this.#storage.read(path))
    if (bytes === undefined) return undefined // removed since it was listed
    try {
      return readStored(kind, path, bytes)
    } catch (error) {
      this.#onSkipped({ path, error })
      return undefined
    }
  }

  async #needFrame({ sensorId, frame }: SensorRegistryEntry, options: AbortOptions): Promise<void> {
    const found = await this.get('frame', frame, options).catch(unreadable)
    if (found !== undefined) return
    throw new RegistryError('frame-reference-missing', `sensor "${sensorId}" references missing frame ("${frame.id}", "${frame.hash}")`, {
      sensorId,
      frameId: frame.id,
      frameHash: frame.hash
    })
  }

  async #io<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (cause) {
      throw new RegistryError('io', `io: ${reasonOf(cause)}`, {}, { cause })
    }
  }
}

// A frame that does not verify, or whose reference can't be a path, counts as missing; a failing disk does not.
function unreadable(error: unknown): undefined {
  if (error instanceof StorageError || (error instanceof RegistryError && error.code !== 'io')) return undefined
  throw error
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function warn({ path, error }: SkippedFile): void {
  console.warn(`registry: skipped "${path}": ${reasonOf(error)}`)
}
