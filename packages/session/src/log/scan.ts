/** Finds what is in the segment files of a recording by stepping from header to header; payloads are not read. */
import type { AppendFile, ReadFile, Storage } from '@auki/registry'
import { formatError, wrongChecksum } from '../errors.ts'
import { scanBlockBytes, scannedFilesMax } from '../settings.ts'
import { entryFault, entryHeaderBytes, headerFault, segmentHeaderBytes, viewOf } from './aklg.ts'
import { isSegment, segmentsDirectory } from './log-paths.ts'
import { Segment } from './segment.ts'
import { Segments } from './segments.ts'
import { type Sums, writerOf } from './sums.ts'
import { cutSums, loadSums, openSums } from './sums-file.ts'
import { ZeroTail } from './zero-tail.ts'

const checksumsEnd = 'its checksums end there; remove the .sum file beside it to read the rest unchecked'

/** Damage that was found in a log's files. */
export interface LogDamage {
  /** The segment file. */
  readonly path: string
  /** What comes before this byte is as it was written. */
  readonly offset: number
  readonly reason: string
}

/** A recording whose files are to be looked through. */
export interface ScanInit {
  readonly storage: Storage
  readonly directory: string
  readonly segmentDurationNs: bigint
  /** Who wrote last, as the manifest in the directory says. */
  readonly sessionId: string
}

/** A segment file; its segment ends with the last whole entry. */
interface Scanned {
  readonly segment: Segment
  readonly fileBytes: number
  readonly sums: Sums | undefined
  readonly damage: LogDamage | undefined
}

/** The segments in the directory of a log, oldest first, their figures counted from the files. */
export async function scanSegments({ storage, directory, segmentDurationNs, sessionId }: ScanInit): Promise<Scanned[]> {
  const paths = (await storage.list(segmentsDirectory(directory))).filter(isSegment).sort(byStart)
  const scanned = new Array<Scanned | undefined>(paths.length)
  const scan = new Scan(storage, segmentDurationNs, writerOf(sessionId))
  const left = paths.entries()
  const work = async (): Promise<void> => {
    for (const [i, path] of left) scanned[i] = await scan.file(path)
  }
  await Promise.all(Array.from({ length: scannedFilesMax }, work))
  const found = scanned.filter((one) => one !== undefined)
  return scan.withoutStrangeEnds(found)
}

/** What is wrong with the files. To a reader it is no damage that the newest one ends within an entry: it may be just being written. */
export function damageOf(scanned: readonly Scanned[], role: 'reader' | 'writer'): LogDamage[] {
  const settled = role === 'writer' || scanned.at(-1)?.segment.damage !== undefined ? scanned : scanned.slice(0, -1)
  return settled.flatMap(({ damage }) => damage ?? [])
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
export function appendable(scanned: readonly Scanned[]): {
  readonly segments: Segments
  recover(storage: Storage, sessionId: string): Promise<void>
} {
  const last = scanned.findLastIndex(({ fileBytes }) => fileBytes >= segmentHeaderBytes)
  const [whole, short] = [scanned.slice(0, last + 1), scanned.slice(last + 1)]
  const newest = whole.at(-1)
  if (newest?.segment.bytes === 0) throw formatError(newest.segment.path, 0, newest.segment.damage!)
  const segments = new Segments()
  for (const { segment } of whole) segments.add(segment)
  return {
    segments,
    async recover(storage, sessionId) {
      for (const { segment } of short) await storage.remove(segment.path)
      if (newest !== undefined) await cut(storage, newest, sessionId)
    }
  }
}

async function cut(storage: Storage, { segment, fileBytes, sums }: Scanned, sessionId: string): Promise<void> {
  segment.damage = undefined
  if (fileBytes > segment.bytes) await closed(await storage.openAt(segment.path, segment.bytes))
  if (sums === undefined) return
  if (sums.end > segment.bytes) await cutSums(storage, segment.path, segment.bytes)
  if (sums.end < segment.bytes) await closed(await openSums(storage, segment, writerOf(sessionId)))
}

async function closed(file: AppendFile): Promise<void> {
  await file.sync()
  await file.close()
}

function startOf(path: string): bigint {
  return BigInt(/(\d+)\.seg$/.exec(path)![1]!)
}

function byStart(a: string, b: string): number {
  const [one, other] = [startOf(a), startOf(b)]
  if (one !== other) return one < other ? -1 : 1
  return a < b ? -1 : 1
}

class Scan {
  readonly #storage: Storage
  readonly #durationNs: bigint
  readonly #writer: number

  constructor(storage: Storage, durationNs: bigint, writer: number) {
    this.#storage = storage
    this.#durationNs = durationNs
    this.#writer = writer
  }

  /** Undefined when the file went away meanwhile. The entries after byte `end` are left out, for that `reason`. */
  async file(path: string, end = Number.POSITIVE_INFINITY, reason?: string): Promise<Scanned | undefined> {
    const fileBytes = await this.#storage.size(path)
    // Read after the size: then they reach as far as the file, also while both grow.
    const sums = await loadSums(this.#storage, path)
    const file = fileBytes === undefined ? undefined : await this.#storage.open(path)
    if (fileBytes === undefined || file === undefined) return undefined
    const segment = new Segment({ path, startNs: startOf(path), durationNs: this.#durationNs, found: true })
    try {
      const heads = new Heads(file)
      await heads.load(0, segmentHeaderBytes)
      segment.damage = headerFault(heads.block.subarray(0, segmentHeaderBytes))
      if (segment.damage === undefined) {
        segment.bytes = segmentHeaderBytes
        const limit = this.#limit(sums, fileBytes)
        await scanEntries(heads, segment, { end: Math.min(limit.end, end), fileBytes, checkedTo: sums?.end ?? 0 })
        segment.damage ??= end < limit.end ? reason : limit.reason
      }
      segment.written = segment.bytes
    } finally {
      await file.close()
    }
    const start = sums?.startOf(segment.bytes) ?? segment.bytes
    // An entry that can't be is in a piece that is not as it was written.
    if (segment.damage !== undefined && segment.bytes > 0 && start < segment.bytes) return this.file(path, start, segment.damage)
    return { segment, fileBytes, sums, damage: damageIn(segment, fileBytes, sums) }
  }

  /** The same, without ends of files that can only be judged by their neighbours. */
  async withoutStrangeEnds(scanned: readonly Scanned[]): Promise<Scanned[]> {
    const last = scanned.findLastIndex(({ fileBytes }) => fileBytes >= segmentHeaderBytes)
    const settled: Scanned[] = []
    for (const [i, one] of scanned.entries()) {
      const end = i === last ? await this.#rightEnd(one) : endBefore(one, scanned[i + 1])
      const shorter = end < one.segment.bytes ? await this.file(one.segment.path, end, i === last ? wrongChecksum : checksumsEnd) : one
      if (shorter !== undefined) settled.push(shorter)
    }
    return settled
  }

  // Of the newest file, the pieces at the end that are not as they were written are what a crash left; to go on they are cut.
  async #rightEnd({ segment, sums }: Scanned): Promise<number> {
    let end = segment.bytes
    while (sums !== undefined && end <= sums.end && end > segmentHeaderBytes) {
      const start = sums.startOf(end - 1)
      const block = await this.#storage.readRange(segment.path, start, end - start)
      if (block === undefined || sums.firstWrong(block, start) === undefined) break
      end = start
    }
    return end
  }

  // How much of a file its checksums vouch for. Without any, or where somebody went on who writes none, the format alone decides.
  #limit(sums: Sums | undefined, fileBytes: number): { readonly end: number; readonly reason?: string } {
    if (sums === undefined || fileBytes === sums.end) return { end: fileBytes }
    if (fileBytes < sums.end) return { end: sums.startOf(fileBytes) }
    if (!sums.broken && sums.writer !== this.#writer) return { end: fileBytes }
    return { end: sums.end, reason: checksumsEnd }
  }
}

// Who goes on with a file without checksums goes on without them in the next one, too. We give checksums to whatever we go on with.
function endBefore({ segment, sums }: Scanned, next: Scanned | undefined): number {
  return sums !== undefined && next?.sums !== undefined ? Math.min(segment.bytes, sums.end) : segment.bytes
}

function damageIn(segment: Segment, fileBytes: number, sums: Sums | undefined): LogDamage | undefined {
  const { path, bytes: offset, damage } = segment
  if (damage !== undefined) return { path, offset, reason: damage }
  const wanted = Math.max(fileBytes, sums?.end ?? 0)
  return wanted > offset ? { path, offset, reason: `${wanted - offset} more bytes are no whole entries` } : undefined
}

interface Extent {
  /** Entries that end later are left out. */
  readonly end: number
  readonly fileBytes: number
  /** Up to here there are checksums, so that zeros are what was written. */
  readonly checkedTo: number
}

async function scanEntries(heads: Heads, segment: Segment, { end, fileBytes, checkedTo }: Extent): Promise<void> {
  const zeros = new ZeroTail(heads.file, fileBytes)
  while (segment.bytes + entryHeaderBytes <= end) {
    if (!heads.covers(segment.bytes, entryHeaderBytes)) await heads.load(segment.bytes, entryHeaderBytes)
    if (!heads.covers(segment.bytes, entryHeaderBytes)) return // the file got shorter
    const at = segment.bytes - heads.from
    const timestampNs = heads.view.getBigInt64(at, true)
    const payloadBytes = heads.view.getUint32(at + 8, true)
    segment.damage = entryFault(timestampNs, payloadBytes, segment)
    if (payloadBytes === 0 && timestampNs === 0n && segment.bytes >= checkedTo) segment.damage ??= await zeros.fault(segment.bytes)
    const bytes = entryHeaderBytes + payloadBytes
    if (segment.damage !== undefined || segment.bytes + bytes > end) return
    segment.count(timestampNs, bytes)
  }
}

/** The stretch of a file in memory, which moves from entry header to entry header. Where large payloads lie between headers, only headers are read. */
class Heads {
  readonly file: ReadFile
  block: Uint8Array = new Uint8Array(0)
  view = viewOf(this.block)
  from = 0

  constructor(file: ReadFile) {
    this.file = file
  }

  covers(offset: number, length: number): boolean {
    return offset >= this.from && offset + length <= this.from + this.block.length
  }

  async load(offset: number, length: number): Promise<void> {
    const jump = offset - (this.from + this.block.length)
    this.block = await this.file.read(offset, jump > scanBlockBytes ? length : scanBlockBytes)
    this.view = viewOf(this.block)
    this.from = offset
  }
}
