/** The checksum file of a segment, in a storage. */
import type { AppendFile, Storage } from '@auki/registry'
import { segmentHeaderBytes } from './aklg.ts'
import type { Segment } from './segment.ts'
import { encodeGroup, type Piece, Sums, sumsHeader, sumsPath, uncheckedPieces } from './sums.ts'

/** `undefined` when the segment has none: another implementation wrote it. */
export async function loadSums(storage: Storage, segmentPath: string): Promise<Sums | undefined> {
  const bytes = await storage.read(sumsPath(segmentPath))
  if (bytes === undefined) return undefined
  const sums = new Sums()
  sums.add(bytes)
  return sums
}

/** Take in what was added to the file since. */
export async function extendSums(storage: Storage, segmentPath: string, sums: Sums): Promise<void> {
  const bytes = await storage.readRange(sumsPath(segmentPath), sums.parsed, Number.MAX_SAFE_INTEGER)
  if (bytes !== undefined) sums.add(bytes)
}

/** Leave of the checksums those up to `end`, the end of a piece. */
export async function cutSums(storage: Storage, segmentPath: string, end: number): Promise<void> {
  const sums = await loadSums(storage, segmentPath)
  if (sums === undefined || (sums.end <= end && !sums.broken)) return
  const kept = sums.piecesUpTo(end)
  const group = sums.writer === undefined ? new Uint8Array(0) : encodeGroup(kept, sums.writer)
  const bytes = new Uint8Array(sumsHeader.length + group.length)
  bytes.set(sumsHeader)
  bytes.set(group, sumsHeader.length)
  await storage.write(sumsPath(segmentPath), bytes)
}

/** Open the checksums of a segment to go on with it; what it holds already and no checksum covers counts as unchecked. */
export async function openSums(storage: Storage, segment: Segment, writer: number): Promise<AppendFile> {
  const sums = segment.found ? await loadSums(storage, segment.path) : undefined
  const file =
    sums === undefined || sums.parsed === 0 ? await createSums(storage, segment) : await storage.openAt(sumsPath(segment.path), sums.parsed)
  if (segment.found) await writeSums(file, uncheckedPieces(segment.written - (sums?.end ?? segmentHeaderBytes)), writer)
  return file
}

/** Write down what is about to be written to the segment. */
export async function writeSums(file: AppendFile, pieces: readonly Piece[], writer: number): Promise<void> {
  if (pieces.length > 0) await file.write(encodeGroup(pieces, writer))
}

async function createSums(storage: Storage, segment: Segment): Promise<AppendFile> {
  const path = sumsPath(segment.path)
  await storage.remove(path) // of a segment that was here before, and that another implementation has removed
  const file = await storage.create(path)
  await file.write(sumsHeader)
  return file
}
