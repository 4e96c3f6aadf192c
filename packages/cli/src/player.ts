/** Appends what a recording holds at the pace at which it was recorded. */
import { reasonOf } from '@auki/canonical'
import type { Track } from './mcap/channels.ts'
import type { TimedEntry } from './mcap/recording-reader.ts'
import type { PlayedLog } from './playback.ts'
import { timerMsMax } from './settings.ts'

export interface PlayerInit {
  readonly parts: ReadonlyMap<Track, PlayedLog>
  /** 2 is twice as fast. */
  readonly rate: number
  /** No pause is longer. */
  readonly maxGapMs: number
  /** Called when a log takes no more; the others go on. */
  readonly onFailed: (track: Track, reason: string) => void
  readonly signal: AbortSignal
}

/** Where the playing is. */
export interface Progress {
  readonly entries: number
  readonly bytes: number
  /** Since the start of the recording, ns. */
  readonly atNs: bigint
}

export class Player {
  readonly #init: PlayerInit
  readonly #failed = new Set<Track>()
  /** An entry of this time belongs at this moment. */
  #anchor: { readonly atNs: bigint; readonly ms: number } | undefined
  #entries = 0
  #bytes = 0
  #atNs = 0n

  constructor(init: PlayerInit) {
    this.#init = init
  }

  get progress(): Progress {
    return { entries: this.#entries, bytes: this.#bytes, atNs: this.#atNs }
  }

  /**
   * Appends the entries, the first one at once, each other as much later as its time says; a jump, forward or back, takes `maxGapMs` at most.
   *
   * @param shiftNs - added to the timestamps: what comes again has to come later.
   * @throws what `entries` throws; the reason of `signal`.
   */
  async play(entries: AsyncIterable<TimedEntry>, shiftNs = 0n): Promise<void> {
    const { parts, signal } = this.#init
    for await (const { track, timestampNs, atNs, bytes } of entries) {
      signal.throwIfAborted()
      const played = parts.get(track)
      if (played === undefined || this.#failed.has(track)) continue
      await this.#waitFor(atNs + shiftNs)
      this.#atNs = atNs
      try {
        await played.append({ timestampNs: timestampNs + shiftNs, payload: bytes })
        this.#entries += 1
        this.#bytes += bytes.length
      } catch (error) {
        this.#failed.add(track)
        this.#init.onFailed(track, reasonOf(error))
      }
    }
  }

  async seal(): Promise<void> {
    await Promise.all([...this.#init.parts.values()].map((played) => played.seal()))
  }

  async #waitFor(atNs: bigint): Promise<void> {
    const { rate, maxGapMs, signal } = this.#init
    const nowMs = performance.now()
    const { atNs: fromNs, ms } = this.#anchor ?? { atNs, ms: nowMs }
    const waitMs = ms + Number(atNs - fromNs) / 1e6 / rate - nowMs
    const dueMs = waitMs > maxGapMs ? nowMs + maxGapMs : waitMs < -maxGapMs ? nowMs : ms + Number(atNs - fromNs) / 1e6 / rate
    this.#anchor = { atNs, ms: dueMs }
    if (dueMs - nowMs >= 1) await pause(dueMs - nowMs, signal)
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, Math.min(ms, timerMsMax))
  const onAbort = (): void => reject(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    await promise
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', onAbort)
  }
}
