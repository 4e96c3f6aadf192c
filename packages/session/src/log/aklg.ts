/**
 * The segment file, AKLG version 1.
 *
 *   header 16 bytes   'AKLG' | u16 LE version = 1 | u16 LE 0 | i64 LE start_ns
 *   entry             i64 LE timestamp_ns | u32 LE length | payload
 *
 * There is no checksum and no footer; our own checksums are in a file beside it, see `sums.ts`. An entry is taken for damaged when its timestamp is outside
 * the window of its segment, or its payload longer than the largest allowed.
 */
import { payloadBytesMax } from '../settings.ts'

export const segmentHeaderBytes = 16
export const entryHeaderBytes = 12

const magic = [0x41, 0x4b, 0x4c, 0x47]
const version = 1

/** A stretch of time on a log's clock, `[startNs, endNs)`. */
export interface Window {
  readonly startNs: bigint
  readonly endNs: bigint
}

export function encodeSegmentHeader(startNs: bigint): Uint8Array {
  const header = Uint8Array.of(...magic, version, 0, ...new Array<number>(10).fill(0))
  viewOf(header).setBigInt64(8, startNs, true)
  return header
}

/** What is wrong with the first bytes of a segment; `undefined` when nothing is. The start they give is ignored: the file's name counts. */
export function headerFault(header: Uint8Array): string | undefined {
  if (header.length < segmentHeaderBytes) return `its header has ${header.length} of ${segmentHeaderBytes} bytes`
  if (magic.some((byte, i) => header[i] !== byte)) return 'it does not begin with "AKLG"'
  const found = viewOf(header).getUint16(4, true)
  return found === version ? undefined : `it has version ${found}, known is version ${version}`
}

/** What is wrong with the header of an entry; `undefined` when nothing is. */
export function entryFault(timestampNs: bigint, payloadBytes: number, { startNs, endNs }: Window): string | undefined {
  if (timestampNs < startNs || timestampNs >= endNs) return `timestamp ${timestampNs} is outside the window [${startNs}, ${endNs})`
  if (payloadBytes > payloadBytesMax) return `a payload of ${payloadBytes} bytes is longer than ${payloadBytesMax}`
  return undefined
}

/** A view to read and write the numbers in `bytes` with. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
