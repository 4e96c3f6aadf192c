import { type AbortOptions, bytesOf, messageOf, type Storage } from '@auki/registry'
import { LogError } from './errors.ts'
import { manifestPath } from './log-paths.ts'
import { clampToI64 } from './log-specs.ts'
import { type LogManifest, resourceIdOf } from './manifest.ts'
import { encodeManifest } from './manifest-codec.ts'
import type { LogAvailable, LogExtent, LogHead, LogRef } from './resource-entry.ts'

declare const payload: unique symbol

/** A log of a session. `T` is its payload: what the entries hold, remembered in the type only. */
export interface LogHandle<T = unknown, M extends LogManifest = LogManifest> extends AsyncDisposable {
  readonly [payload]?: T
  readonly resourceId: string
  readonly logRef: LogRef
  readonly manifest: M
  /** Where the log begins, as the catalog says it. */
  readonly head: LogHead
  readonly state: 'live' | 'sealed'
  /** What is retained now. */
  readonly available: LogAvailable
  /** Smallest and largest timestamp retained; `undefined` while there is no entry. */
  readonly extent: LogExtent | undefined
  /** Timestamp of the first entry retained, before it the registration's reading of the log's clock (0 for a clock not of this session); ns. */
  readonly startedAtNs: bigint

  /**
   * Change what is retained, ns; 0 keeps all. Persists the manifest; takes effect at the next append.
   *
   * @throws LogError `manifest` when negative, `sealed`, `io`.
   */
  setRetention(retentionNs: bigint, options?: AbortOptions): Promise<void>

  /** Nothing more is appended; idempotent. Also `Symbol.asyncDispose`. */
  seal(): Promise<void>
}

interface LogInit<M extends LogManifest> {
  readonly storage: Storage
  readonly directory: string
  readonly manifest: M
  readonly head: { readonly kind: 'rolling'; readonly retentionNs: bigint } | { readonly kind: 'fixed' }
  /** The registration's reading of the log's clock. */
  readonly registeredAtNs: bigint
  /** Called once, when the log is sealed and its directory free again. */
  readonly release: () => void
}

/** The log behind a handle. */
export class Log<M extends LogManifest = LogManifest> implements LogHandle<never, M> {
  readonly resourceId: string
  readonly logRef: LogRef
  readonly startedAtNs: bigint
  readonly available: LogAvailable = { bytes: 0n, entries: 0n, durationNs: 0n }
  readonly extent: LogExtent | undefined = undefined
  readonly #init: LogInit<M>
  #manifest: M
  #writing: Promise<void> = Promise.resolve()
  #sealed: Promise<void> | undefined

  constructor(init: LogInit<M>) {
    this.#init = init
    this.#manifest = init.manifest
    this.resourceId = resourceIdOf(init.manifest)
    this.logRef = { sourcePeerId: init.manifest.sourcePeerId, resourceId: this.resourceId }
    this.startedAtNs = init.registeredAtNs
  }

  get manifest(): M {
    return this.#manifest
  }

  get state(): 'live' | 'sealed' {
    return this.#sealed === undefined ? 'live' : 'sealed'
  }

  get head(): LogHead {
    const { head } = this.#init
    return head.kind === 'fixed' ? { kind: 'fixed', startedAtNs: this.startedAtNs } : head
  }

  async setRetention(retentionNs: bigint, options: AbortOptions = {}): Promise<void> {
    options.signal?.throwIfAborted()
    if (retentionNs < 0n) throw new LogError('manifest', `manifest: retention_ns must be greater than or equal to zero, got ${retentionNs}`)
    if (this.#sealed !== undefined) throw new LogError('sealed', `sealed: "${this.resourceId}" takes no changes any more`)
    const change = this.#writing.then(() => this.#writeManifest({ ...this.#manifest, retentionNs: clampToI64(retentionNs) }))
    this.#writing = change.catch(() => {}) // its caller hears of it; the next change must not
    await change
  }

  seal(): Promise<void> {
    this.#sealed ??= this.#writing.then(this.#init.release)
    return this.#sealed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.seal()
  }

  async #writeManifest(manifest: M): Promise<void> {
    try {
      await this.#init.storage.write(manifestPath(this.#init.directory), bytesOf(encodeManifest(manifest)))
    } catch (cause) {
      throw new LogError('io', `io: ${messageOf(cause)}`, { directory: this.#init.directory }, { cause })
    }
    this.#manifest = manifest
  }
}
