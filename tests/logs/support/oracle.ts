/** What a reader should say about segment files: read the plain way, all at once, from the description of the format alone. */

export interface SegmentFile {
  readonly startNs: bigint
  readonly bytes: Uint8Array
}

export interface Verdict {
  /** Timestamp and payload of every entry a reader must return. */
  readonly entries: readonly (readonly [bigint, Uint8Array])[]
  /** Whether it must throw after them. */
  readonly fails: boolean
}

/** Files in the order of their starts, as a reader should read them. */
export function judge(files: readonly SegmentFile[], durationNs: bigint): Verdict {
  const entries: [bigint, Uint8Array][] = []
  for (const [i, file] of files.entries()) {
    const isNewest = i === files.length - 1
    if (file.bytes.length < 16) {
      if (isNewest) continue
      return { entries, fails: true }
    }
    if (Buffer.from(file.bytes.subarray(0, 6)).toString('latin1') !== 'AKLG\x01\0') return { entries, fails: true }
    if (!readEntries(file, durationNs, entries)) return { entries, fails: true }
  }
  return { entries, fails: false }
}

/** Where a run of zeros begins that a power failure leaves at the end of a file; its end when there is none. */
function zeroTail(bytes: Uint8Array): number {
  const from = bytes.findLastIndex((byte) => byte !== 0) + 1
  return bytes.length - from >= 4_096 ? from : bytes.length
}

/** False when there is an entry that no writer wrote. */
function readEntries({ startNs, bytes }: SegmentFile, durationNs: bigint, entries: [bigint, Uint8Array][]): boolean {
  const buffer = Buffer.from(bytes)
  for (let at = 16; at + 12 <= buffer.length; ) {
    const timestampNs = buffer.readBigInt64LE(at)
    const length = buffer.readUInt32LE(at + 8)
    if (timestampNs === 0n && length === 0 && at >= zeroTail(bytes)) return false
    if (timestampNs < startNs || timestampNs >= startNs + durationNs || length > 16_777_152) return false
    if (at + 12 + length > buffer.length) return true
    entries.push([timestampNs, bytes.subarray(at + 12, at + 12 + length)])
    at += 12 + length
  }
  return true
}
