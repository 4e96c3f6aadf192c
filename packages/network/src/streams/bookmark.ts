/**
 * How far a reader has come in a log, and from where to go on when the log is opened again.
 *
 *   the producer has positions    ask for the position after the last one: nothing is missing, nothing comes twice
 *   it has none                   ask for everything from the last timestamp on, and skip as many entries of that timestamp as were read
 *
 * Entries that were not read before are never skipped: in doubt an entry comes twice.
 */
import type { ReadFrom } from '@auki/datatypes'
import { u64Max } from '../protocols/json-frame.ts'
import type { StreamEntry, StreamGap, StreamManifest, StreamRequest } from '../protocols/stream-types.ts'
import { joinGaps } from './gaps.ts'

export type Place = Pick<StreamRequest, 'fromPosition'> & { readonly from: ReadFrom }

/** What opening again may have done to the order of entries. */
export interface Continued {
  /** Entries that were read may come again. */
  readonly mayRepeat: boolean
  /** Entries may be missing, and it is not known whether. */
  readonly mayMiss: boolean
}

/** How the first entry after an interruption follows on the one before it. */
type Seam =
  | { readonly kind: 'exact' }
  | { readonly kind: 'by-time'; readonly fromNs: bigint; readonly newestNs: bigint }
  | { readonly kind: 'newest' }
  | { readonly kind: 'anew' }

export class Bookmark {
  readonly #from: ReadFrom
  #manifest: StreamManifest
  /** Position of the entry read last, or the one before the first entry; 0: there is none, or it belongs to another recording. */
  #position: bigint
  /** Of the entry read last. */
  #lastNs: bigint | undefined
  /** How many entries in a row had that timestamp. */
  #ofLast = 0
  #newestNs = 0n
  /** Timestamps went back at least once. */
  #wentBack = false
  #otherRecording = false
  #asked: Place | undefined
  /** It was opened again. */
  #wasCut = false
  #seam: Seam | undefined
  /** Entries of that timestamp that were read before and will be sent again. */
  #repeated: { readonly atNs: bigint; left: number } | undefined
  #hasComeAgain = false
  #lastSeq = -1n
  #seqShift = 0n
  /** A request by position also returns entries older than the timestamp that the reader asked for at first; those are skipped. */
  #notBeforeNs: bigint | undefined

  /** @param from - where the reader began. */
  constructor(from: ReadFrom, manifest: StreamManifest) {
    this.#from = from
    this.#manifest = manifest
    this.#position = before(from, manifest)
  }

  /** Entries that were never sent, because only the newest was wanted when the stream was opened again. */
  passedOver = 0n

  /** From where to go on; `newestOnly`: from the newest entry, whatever was missed. */
  ask(newestOnly: boolean): Place {
    this.#asked = this.#place(newestOnly)
    return this.#asked
  }

  #place(newestOnly: boolean): Place {
    if (newestOnly) return { from: 'latest' }
    const from = this.#lastNs === undefined ? this.#from : { fromTimestamp: this.#lastNs }
    return this.#position === 0n || this.#position === u64Max ? { from } : { from, fromPosition: this.#position + 1n }
  }

  /**
   * Goes on in the stream that was opened with {@link ask}. `another-session`: it is another log. `another-recording`: its positions count something else,
   * so it must be asked again, by time.
   */
  turnTo(manifest: StreamManifest, newestOnly: boolean): Continued | 'another-session' | 'another-recording' {
    const { clockId, clockHash, recording } = this.#manifest
    if (manifest.clockId !== clockId || manifest.clockHash !== clockHash) return 'another-session'
    const isSame = manifest.recording !== undefined && manifest.recording === recording
    const byPosition = this.#asked?.fromPosition !== undefined
    if (byPosition && !isSame && manifest.recording !== undefined) return this.#forgetPositions()
    if (!isSame) this.#position = this.#lastNs === undefined ? before(this.#from, manifest) : 0n
    const exact = byPosition && isSame
    this.#wasCut = true
    this.#seam = this.#seamTo(exact, newestOnly)
    this.#notBeforeNs = exact && typeof this.#from === 'object' ? this.#from.fromTimestamp : undefined
    this.#manifest = manifest
    const isByTime = this.#seam.kind === 'by-time'
    const isAnew = this.#seam.kind === 'anew' && this.#from === 'latest'
    return {
      mayRepeat: isByTime && (this.#wentBack || this.#otherRecording),
      mayMiss: isAnew || (newestOnly && this.#position === 0n) || (isByTime && this.#otherRecording)
    }
  }

  #forgetPositions(): 'another-recording' {
    this.#position = 0n
    this.#otherRecording = true
    return 'another-recording'
  }

  #seamTo(exact: boolean, newestOnly: boolean): Seam {
    if (exact) return { kind: 'exact' }
    if (newestOnly) return { kind: 'newest' }
    if (this.#lastNs === undefined) return { kind: 'anew' }
    this.#hasComeAgain = false
    this.#repeated = { atNs: this.#lastNs, left: this.#ofLast }
    return { kind: 'by-time', fromNs: this.#lastNs, newestNs: this.#newestNs }
  }

  /**
   * Takes note of an entry that was read. Returns it as the reader gets it, or `undefined` if it is to be skipped.
   *
   * @throws Error for a position that does not go up, or a gap that ends before it begins.
   */
  pass(entry: StreamEntry): StreamEntry | undefined {
    const { position, gap, timestampNs } = entry
    if (gap !== undefined && gap.fromNs > gap.toNs) throw new Error(`a gap from ${gap.fromNs} to ${gap.toNs}`)
    const last = this.#position
    if (position !== undefined) {
      if (position <= last) throw new Error(`position ${position} after ${last}`)
      this.#position = position
    }
    const passed = this.#wasCut ? this.#afterCut(entry, last) : entry
    if (passed === undefined) return undefined
    this.#note(timestampNs)
    this.#lastSeq = passed.seq
    return passed
  }

  #afterCut(entry: StreamEntry, lastPosition: bigint): StreamEntry | undefined {
    const { timestampNs } = entry
    if (this.#notBeforeNs !== undefined && timestampNs < this.#notBeforeNs) return this.#leaveOut()
    if (this.#repeated?.atNs === timestampNs && this.#repeated.left > 0) {
      this.#repeated.left -= 1
      this.#hasComeAgain = true
      return this.#leaveOut()
    }
    const passed = this.#seam === undefined ? entry : this.#cross(entry, this.#seam, lastPosition)
    return this.#seqShift === 0n ? passed : { ...passed, seq: BigInt.asUintN(64, passed.seq + this.#seqShift) }
  }

  #leaveOut(): undefined {
    this.#seqShift = BigInt.asUintN(64, this.#seqShift - 1n)
  }

  #cross(entry: StreamEntry, seam: Seam, lastPosition: bigint): StreamEntry {
    this.#seam = undefined
    // Where time never went back, whatever has the last time from here on is new.
    if (!this.#wentBack) this.#repeated = undefined
    this.#seqShift = BigInt.asUintN(64, this.#lastSeq + 1n - entry.seq)
    const { position, gap } = entry
    const missing = position === undefined || lastPosition === 0n ? 0n : position - lastPosition - 1n
    if (seam.kind === 'newest') this.passedOver += atLeast0(missing - entry.dropped)
    const found = seam.kind === 'by-time' ? this.#lostByTime(entry, seam) : seam.kind === 'exact' ? this.#untold(entry, missing) : undefined
    return found === undefined ? entry : { ...entry, gap: gap === undefined ? found : joinGaps(gap, found) }
  }

  /** The gap before the first entry, judged by its position, as far as the producer has not reported it. */
  #untold({ timestampNs, dropped, gap }: StreamEntry, missing: bigint): StreamGap | undefined {
    const isCounted = gap === undefined || gap.lost > 0n
    const lost = missing - dropped - (gap?.lost ?? 0n)
    if (!isCounted || lost <= 0n || typeof this.#from === 'object') return undefined
    const lastNs = this.#lastNs ?? timestampNs
    return lastNs < timestampNs ? { lost, fromNs: lastNs, toNs: timestampNs } : { lost, fromNs: timestampNs, toNs: lastNs }
  }

  /** The gap before the first entry, judged by time: a producer that still had the entries read last would have sent those first. */
  #lostByTime({ timestampNs, gap }: StreamEntry, { fromNs, newestNs }: Extract<Seam, { kind: 'by-time' }>): StreamGap | undefined {
    const none = gap !== undefined || this.#hasComeAgain || timestampNs <= newestNs
    return none ? undefined : { lost: 0n, fromNs, toNs: timestampNs }
  }

  #note(timestampNs: bigint): void {
    if (timestampNs === this.#lastNs) {
      this.#ofLast += 1
      return
    }
    if (this.#lastNs === undefined || timestampNs > this.#newestNs) this.#newestNs = timestampNs
    else this.#wentBack = true
    this.#lastNs = timestampNs
    this.#ofLast = 1
  }
}

/** The position before the first entry, where it is known from the manifest. */
function before(from: ReadFrom, { recording, position = 0n }: StreamManifest): bigint {
  return from === 'latest' && recording !== undefined && position > 0n ? position - 1n : 0n
}

function atLeast0(value: bigint): bigint {
  return value > 0n ? value : 0n
}
