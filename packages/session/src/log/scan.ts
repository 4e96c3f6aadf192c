/** Finds what is in the segment files of a recording by stepping from header to header; payloads are not read. */
import type { ReadFile, Storage } from '@auki/registry'
import { formatError } from '../errors.ts'
import { scanBlockBytes, scannedFilesMax } from '../settings.ts'
import { entryFault, entryHeaderBytes, headerFault, segmentHeaderBytes, viewOf } from './aklg.ts'
import { isSegment, segmentsDirectory } from './log-paths.ts'
import { Segment } from './segment.ts'
import { Segments } from './segments.ts'

/** A segment file; its segment ends with the last whole entry. */
interface Scanned {
  readonly segment: Segment
  readonly fileBytes: number
}

/** The segments in the directory of a log, oldest first, their figures counted from the files. */
export async function scanSegments(storage: Storage, directory: string, durationNs: bigint): Promise<Scanned[]> {
  const paths = (await storage.list(segmentsDirectory(directory))).filter(isSegment)
  const segments = paths.map((path) => new Segment({ path, startNs: startOf(path), durationNs, found: true })).sort(byStart)
  const scanned = new Array<Scanned | undefined>(segments.length)
  const left = segments.entries()
  const work = async (): Promise<void> => {
    for (const [i, segment] of left) scanned[i] = await scanFile(storage, segment)
  }
  await Promise.all(Array.from({ length: scannedFilesMax }, work))
  return scanned.filter((one) => one !== undefined)
}

/** The segments to read from. The newest is left out while its header is incomplete: it is being created, or its writer died doing so. */
export function readable(scanned: readonly Scanned[]): Segments {
  const segments = new Segments()
  for (const [i, { segment, fileBytes }] of scanned.entries()) {
    if (i < scanned.length - 1 || fileBytes >= segmentHeaderBytes) segments.add(segment)
  }
  return segments
}

/** The segments to append to: what the writer before us left half done is to be cut by {@link recover}. @throws LogError `format`. */
export function appendable(scanned: readonly Scanned[]): { readonly segments: Segments; recover(storage: Storage): Promise<void> } {
  const last = scanned.findLastIndex(({ fileBytes }) => fileBytes >= segmentHeaderBytes)
  const [whole, short] = [scanned.slice(0, last + 1), scanned.slice(last + 1)]
  const newest = whole.at(-1)
  if (newest?.segment.bytes === 0) throw formatError(newest.segment.path, 0, newest.segment.damage!)
  const segments = new Segments()
  for (const { segment } of whole) segments.add(segment)
  return {
    segments,
    async recover(storage) {
      for (const { segment } of short) await storage.remove(segment.path)
      if (newest !== undefined) await cut(storage, newest)
    }
  }
}

async function cut(storage: Storage, { segment, fileBytes }: Scanned): Promise<void> {
  segment.damage = undefined
  if (fileBytes === segment.bytes) return
  const file = await storage.openAt(segment.path, segment.bytes)
  await file.sync()
  await file.close()
}

function startOf(path: string): bigint {
  return BigInt(/(\d+)\.seg$/.exec(path)![1]!)
}

function byStart(a: Segment, b: Segment): number {
  if (a.startNs !== b.startNs) return a.startNs < b.startNs ? -1 : 1
  return a.path < b.path ? -1 : 1
}

// Undefined when the file went away meanwhile.
async function scanFile(storage: Storage, segment: Segment): Promise<Scanned | undefined> {
  const fileBytes = await storage.size(segment.path)
  const file = fileBytes === undefined ? undefined : await storage.open(segment.path)
  if (fileBytes === undefined || file === undefined) return undefined
  try {
    const heads = new Heads(file)
    await heads.load(0, segmentHeaderBytes)
    segment.damage = headerFault(heads.block.subarray(0, segmentHeaderBytes))
    if (segment.damage === undefined) {
      segment.bytes = segmentHeaderBytes
      await scanEntries(heads, segment, fileBytes)
    }
    segment.written = segment.bytes
    return { segment, fileBytes }
  } finally {
    await file.close()
  }
}

async function scanEntries(heads: Heads, segment: Segment, fileBytes: number): Promise<void> {
  while (segment.bytes + entryHeaderBytes <= fileBytes) {
    if (!heads.covers(segment.bytes, entryHeaderBytes)) await heads.load(segment.bytes, entryHeaderBytes)
    if (!heads.covers(segment.bytes, entryHeaderBytes)) return // the file got shorter
    const at = segment.bytes - heads.from
    const timestampNs = heads.view.getBigInt64(at, true)
    const payloadBytes = heads.view.getUint32(at + 8, true)
    segment.damage = entryFault(timestampNs, payloadBytes, segment)
    const bytes = entryHeaderBytes + payloadBytes
    if (segment.damage !== undefined || segment.bytes + bytes > fileBytes) return
    segment.count(timestampNs, bytes)
  }
}

/** The stretch of a file in memory, which moves from entry header to entry header. Where large payloads lie between headers, only headers are read. */
class Heads {
  readonly #file: ReadFile
  block: Uint8Array = new Uint8Array(0)
  view = viewOf(this.block)
  from = 0

  constructor(file: ReadFile) {
    this.#file = file
  }

  covers(offset: number, length: number): boolean {
    return offset >= this.from && offset + length <= this.from + this.block.length
  }

  async load(offset: number, length: number): Promise<void> {
    const jump = offset - (this.from + this.block.length)
    this.block = await this.#file.read(offset, jump > scanBlockBytes ? length : scanBlockBytes)
    this.view = viewOf(this.block)
    this.from = offset
  }
}
