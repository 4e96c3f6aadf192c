import { type AbortOptions, abortable, reasonOf, type Timer } from '@auki/canonical'
import { encodePayload, type PayloadInput, type PayloadKind } from '@auki/datatypes'
import { bytesOf, type Storage } from '@auki/registry'
import { ioError, LogError } from '../errors.ts'
import type { LogAvailable, LogExtent, LogHead, LogRef } from '../resource-entry.ts'
import { payloadBytesMax } from '../settings.ts'
import { Cursor } from './cursor.ts'
import type { LogClock } from './log-clock.ts'
import { historyRange, type LogCursor, openRange, rangeAfter } from './log-cursor.ts'
import { entriesOf } from './log-entries.ts'
import type { Entry } from './log-entry.ts'
import type { CursorOptions, LogHandle, ReadOptions } from './log-handle.ts'
import { manifestPath, segmentPath } from './log-paths.ts'
import { clampToI64, i64Max } from './log-specs.ts'
import { type LogManifest, resourceIdOf } from './manifest.ts'
import { encodeManifest } from './manifest-codec.ts'
import { Recording } from './recording.ts'
import { segmentStart } from './retention.ts'
import type { LogDamage } from './scan.ts'
import { Segment } from './segment.ts'
import { SegmentWriter } from './segment-writer.ts'
import type { Segments } from './segments.ts'

interface LogInit<M extends LogManifest> {
  readonly storage: Storage
  readonly directory: string
  readonly manifest: M
  readonly kind: PayloadKind
  readonly recordingId: string
  readonly head: { readonly kind: 'rolling'; readonly retentionNs: bigint } | { readonly kind: 'fixed' }
  /** What is there already. */
  readonly segments: Segments
  readonly damage: readonly LogDamage[]
  readonly timer: Timer
  /** The registration's reading of the log's clock; 0 where that can't be read. */
  readonly registeredAtNs: bigint
  /** `undefined` for entries of any time. */
  readonly clock: LogClock | undefined
  /** Called once, when the log is sealed and its directory free again. */
  readonly release: () => void
  /** Called with every entry that is appended. */
  readonly onAppended?: ((timestampNs: bigint, payload: Uint8Array) => void) | undefined
}

const never = i64Max + 1n

/** The log behind a handle. */
export class Log<M extends LogManifest = LogManifest> implements LogHandle<never, M> {
  readonly resourceId: string
  readonly logRef: LogRef
  readonly kind: PayloadKind
  readonly #init: LogInit<M>
  readonly #recording: Recording
  readonly #writer: SegmentWriter
  #manifest: M
  /** An entry with this timestamp or a later one makes the oldest segment too old. */
  #evictAtNs = never
  #changing: Promise<void> = Promise.resolve()
  #sealed: Promise<void> | undefined

  constructor(init: LogInit<M>) {
    this.#init = init
    this.#manifest = init.manifest
    this.kind = init.kind
    this.resourceId = resourceIdOf(init.manifest)
    this.logRef = { sourcePeerId: init.manifest.sourcePeerId, resourceId: this.resourceId }
    this.#recording = new Recording(init.storage, init.segments)
    this.#writer = new SegmentWriter(this.#recording, init.timer, init.manifest.sessionId)
    this.#planEviction()
  }

  get manifest(): M {
    return this.#manifest
  }

  get state(): 'live' | 'sealed' {
    return this.#sealed === undefined ? 'live' : 'sealed'
  }

  get failure(): LogError | undefined {
    return this.#recording.failure
  }

  get damage(): readonly LogDamage[] {
    return this.#init.damage
  }

  get refused(): number {
    return this.#init.clock?.refused ?? 0
  }

  get head(): LogHead {
    const { head } = this.#init
    return head.kind === 'fixed' ? { kind: 'fixed', startedAtNs: this.startedAtNs } : head
  }

  get available(): LogAvailable {
    return this.#recording.segments.available
  }

  get extent(): LogExtent | undefined {
    return this.#recording.segments.extent
  }

  get startedAtNs(): bigint {
    return this.#recording.segments.firstNs ?? this.#init.registeredAtNs
  }

  append({ timestampNs, payload }: { readonly timestampNs: bigint; readonly payload: unknown }): void | Promise<void> {
    if (this.#sealed !== undefined) throw this.#sealedError()
    if (this.#recording.failure !== undefined) throw this.#recording.failure
    const bytes = payload instanceof Uint8Array ? payload : this.#encode(payload)
    if (bytes.length > payloadBytesMax) throw tooLong(bytes.length)
    if (typeof timestampNs === 'bigint' && timestampNs <= i64Max) this.#init.clock?.check(timestampNs)
    const { newest } = this.#recording.segments
    if (typeof timestampNs !== 'bigint' || timestampNs < newest.startNs || timestampNs >= newest.endNs) this.#begin(timestampNs)
    this.#recording.append(timestampNs, bytes)
    this.#init.onAppended?.(timestampNs, bytes)
    if (timestampNs >= this.#evictAtNs) this.#evict(timestampNs)
    return this.#writer.appended()
  }

  flush({ signal }: AbortOptions = {}): Promise<void> {
    return handled(abortable(this.#sealed ?? this.#writer.flush(), signal))
  }

  read({ from = 'from_start', signal }: ReadOptions = {}): AsyncIterable<Entry<never>> {
    return entriesOf({ recording: this.#recording, range: historyRange(this.#recording, from), kind: this.kind, signal })
  }

  tail({ from = 'latest', signal }: ReadOptions = {}): AsyncIterable<Entry<never>> {
    return entriesOf({ recording: this.#recording, range: openRange(this.#recording, from), kind: this.kind, signal })
  }

  cursor({ from, fromPosition, hold }: CursorOptions): LogCursor {
    const recording = this.#recording
    const range = fromPosition === undefined ? openRange(recording, from) : rangeAfter(recording, fromPosition, from)
    return new Cursor(recording, range, hold)
  }

  get recording(): string {
    return this.#init.recordingId
  }

  get nextPosition(): bigint {
    return BigInt(this.#recording.segments.lastPosition + 1)
  }

  async setRetention(retentionNs: bigint, options: AbortOptions = {}): Promise<void> {
    options.signal?.throwIfAborted()
    if (retentionNs < 0n) throw new LogError('manifest', `manifest: retention_ns must be greater than or equal to zero, got ${retentionNs}`)
    if (this.#sealed !== undefined) throw this.#sealedError()
    const change = this.#changing.then(() => this.#writeManifest({ ...this.#manifest, retentionNs: clampToI64(retentionNs) }))
    this.#changing = change.catch(() => {}) // its caller hears of it; the next change must not
    await change
  }

  seal({ signal }: AbortOptions = {}): Promise<void> {
    this.#sealed ??= handled(this.#close())
    return handled(abortable(this.#sealed, signal))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.seal()
  }

  async #close(): Promise<void> {
    this.#recording.ended = true
    this.#recording.wake()
    try {
      await this.#changing
      await this.#writer.close()
    } finally {
      this.#init.release()
    }
  }

  #encode(payload: unknown): Uint8Array {
    try {
      return encodePayload(this.kind, payload as PayloadInput<PayloadKind>)
    } catch (cause) {
      throw new LogError('payload', `payload: ${reasonOf(cause)}`, { kind: this.kind }, { cause })
    }
  }

  // An entry outside the window of the newest segment opens the next one.
  #begin(timestampNs: bigint): void {
    const { segments } = this.#recording
    if (typeof timestampNs !== 'bigint') throw badTimestamp(timestampNs, 'a timestamp is a bigint')
    if (timestampNs < 0n || timestampNs > i64Max) throw badTimestamp(timestampNs, 'a timestamp is not negative and fits an i64')
    if (timestampNs < segments.newest.startNs) {
      throw badTimestamp(timestampNs, `the newest segment begins at ${segments.newest.startNs}, there is no way back before it`)
    }
    const { segmentDurationNs: durationNs } = this.#manifest
    const startNs = segmentStart(timestampNs, durationNs)
    this.#recording.begin(new Segment({ path: segmentPath(this.#init.directory, startNs), startNs, durationNs, found: false }))
    this.#planEviction()
  }

  #evict(timestampNs: bigint): void {
    const horizonNs = this.#init.clock?.horizon(timestampNs) ?? timestampNs
    const evicted = this.#recording.segments.evict(this.#manifest.retentionNs, horizonNs)
    for (const segment of evicted) this.#writer.remove(segment)
    this.#planEviction()
  }

  #planEviction(): void {
    const { oldest, newest } = this.#recording.segments
    const { retentionNs } = this.#manifest
    this.#evictAtNs = retentionNs === 0n || oldest === newest ? never : oldest.endNs + retentionNs
  }

  #sealedError(): LogError {
    return new LogError('sealed', `sealed: "${this.resourceId}" takes nothing more; register it in another session to go on`)
  }

  async #writeManifest(manifest: M): Promise<void> {
    try {
      await this.#init.storage.write(manifestPath(this.#init.directory), bytesOf(encodeManifest(manifest)))
    } catch (cause) {
      throw ioError(cause, { directory: this.#init.directory })
    }
    this.#manifest = manifest
    this.#planEviction()
  }
}

/** A promise that may be left alone: the handle has the failure. */
function handled(promise: Promise<void>): Promise<void> {
  promise.catch(() => {})
  return promise
}

function tooLong(bytes: number): LogError {
  const message = `payload: ${bytes} bytes are more than an entry may have, ${payloadBytesMax}; split the payload`
  return new LogError('payload', message, { bytes, bytesMax: payloadBytesMax })
}

function badTimestamp(timestampNs: unknown, reason: string): LogError {
  return new LogError('format', `format: timestamp ${timestampNs}: ${reason}`, { timestampNs: String(timestampNs), reason })
}
