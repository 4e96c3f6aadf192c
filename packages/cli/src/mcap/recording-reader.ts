/** Reads a recording: first what is in it, then its entries, in the order of the file or of time. */
import { reasonOf } from '@auki/canonical'
import { CliError } from '../errors.ts'
import { mergedBytesMax } from '../settings.ts'
import { Channels, type Read, type Track, type TrackEntry } from './channels.ts'
import { type Block, Definitions, messagesOf, type Source, scan } from './scan.ts'

/** What comes out of a file, in its order. */
export type RecordedItem =
  | Read
  /** A part of the file can't be read; what is behind it can. */
  | { readonly type: 'damage'; readonly offset: number; readonly reason: string }
  /** The file ends early: its writer was killed. What is whole was read. */
  | { readonly type: 'cut' }

/** Everything in a file, in its order. @throws Error for a file that is no MCAP; what `source` throws. */
export async function* readRecording(source: Source): AsyncGenerator<RecordedItem, void, undefined> {
  const definitions = new Definitions()
  const channels = new Channels(definitions)
  for await (const { item } of itemsOf(source, definitions, channels)) yield item
}

interface PlacedItem {
  readonly item: RecordedItem
  /** Where it stands, for entries. */
  readonly block?: Block
}

async function* itemsOf(source: Source, definitions: Definitions, channels: Channels): AsyncGenerator<PlacedItem, void, undefined> {
  for await (const found of scan(source, definitions)) {
    if (found.type !== 'block') {
      if (found.type === 'cut') yield* announced(definitions, channels)
      yield { item: found }
      continue
    }
    const { block } = found
    try {
      for (const message of await messagesOf(source, block, definitions)) {
        for (const item of channels.read(message)) yield { item, block }
      }
    } catch (error) {
      if (isOfSource(error)) throw error
      yield { item: { type: 'damage', offset: block.offset, reason: reasonOf(error) } }
    }
  }
  yield* announced(definitions, channels)
}

/** Logs without entries. */
function* announced(definitions: Definitions, channels: Channels): Generator<PlacedItem, void, undefined> {
  for (const channelId of definitions.channels.keys()) for (const item of channels.announce(channelId)) yield { item }
}

/** Whether the file can't be read, as opposed to: holds nonsense. */
const isOfSource = (error: unknown): boolean => error instanceof CliError

/** A log of a file, and what the file has of it. */
export interface Surveyed {
  readonly track: Track
  entries: number
  readonly minNs: bigint
  readonly maxNs: bigint
}

/** What is in a file. Times are ns since the first entry of all, as they are played. */
export interface Survey {
  readonly tracks: ReadonlyMap<Track, Surveyed>
  /** What people should know. */
  readonly problems: readonly Exclude<RecordedItem, Read>[]
  readonly notes: readonly Exclude<Read, TrackEntry>[]
  readonly durationNs: bigint
  /** Whether the entries come in order: not where more chunks overlap than there is memory for. */
  readonly isSorted: boolean
  /** The entries in order of time; those of equal times in the order of the file. */
  entries(): AsyncGenerator<TimedEntry, void, undefined>
}

export interface TimedEntry {
  readonly track: Track
  readonly timestampNs: bigint
  readonly atNs: bigint
  readonly bytes: Uint8Array
}

/** Reads a file once. @throws Error for a file that is no MCAP; what `source` throws. */
export async function survey(source: Source): Promise<Survey> {
  const definitions = new Definitions()
  const channels = new Channels(definitions)
  const times = new Times()
  const problems: Exclude<RecordedItem, Read>[] = []
  const notes: Exclude<Read, TrackEntry>[] = []
  for await (const { item, block } of itemsOf(source, definitions, channels)) {
    if (item.type === 'entry') times.take(item, block!)
    else if (item.type === 'damage' || item.type === 'cut') problems.push(item)
    else {
      notes.push(item)
      if (item.type === 'log') times.add(item.track)
    }
  }
  const { tracks } = times
  const blocks = times.blocks()
  const durationNs = blocks.reduce((end, { toNs }) => (toNs > end ? toNs : end), 0n)
  const load = async ({ block }: TimedBlock): Promise<TimedEntry[]> => {
    const entries: TimedEntry[] = []
    for (const message of await messagesOf(source, block, definitions)) {
      for (const item of channels.read(message)) {
        if (item.type !== 'entry') continue
        const { track, timestampNs, bytes } = item
        entries.push({ track, timestampNs, bytes, atNs: times.at(item) })
      }
    }
    return entries.sort((a, b) => (a.atNs < b.atNs ? -1 : a.atNs > b.atNs ? 1 : 0))
  }
  return { tracks, problems, notes, durationNs, isSorted: overlapOf(blocks) <= mergedBytesMax, entries: () => merged(blocks, load) }
}

interface TimedBlock {
  readonly block: Block
  readonly fromNs: bigint
  readonly toNs: bigint
}

interface Range {
  fromNs: bigint
  toNs: bigint
}

const widen = (range: Range | undefined, ns: bigint): Range => {
  if (range === undefined) return { fromNs: ns, toNs: ns }
  if (ns < range.fromNs) range.fromNs = ns
  if (ns > range.toNs) range.toNs = ns
  return range
}

/**
 * Puts the entries of a file on one timeline. A log keeps its own distances: it lies where its first entry has its log time. Logs on other clocks than the
 * rest begin with them, for nothing is known of how these clocks relate.
 */
class Times {
  readonly tracks = new Map<Track, Surveyed & { minNs: bigint; maxNs: bigint }>()
  readonly #shifts = new Map<Track, bigint>()
  readonly #lines = new Map<string, Range>()
  readonly #blocks = new Map<Block, Map<string, Range>>()

  add(track: Track): void {
    if (!this.tracks.has(track)) this.tracks.set(track, { track, entries: 0, minNs: 0n, maxNs: 0n })
  }

  take({ track, timestampNs, logTimeNs }: TrackEntry, block: Block): void {
    this.add(track)
    const known = this.tracks.get(track)!
    if (known.entries === 0) this.#shifts.set(track, logTimeNs - timestampNs)
    if (known.entries === 0 || timestampNs < known.minNs) known.minNs = timestampNs
    if (known.entries === 0 || timestampNs > known.maxNs) known.maxNs = timestampNs
    known.entries += 1
    const ns = timestampNs + this.#shifts.get(track)!
    const { timeline } = track
    this.#lines.set(timeline, widen(this.#lines.get(timeline), ns))
    const ranges = this.#blocks.get(block) ?? new Map<string, Range>()
    this.#blocks.set(block, ranges.set(timeline, widen(ranges.get(timeline), ns)))
  }

  at({ track, timestampNs }: TrackEntry): bigint {
    return timestampNs + (this.#shifts.get(track) ?? 0n) - (this.#lines.get(track.timeline)?.fromNs ?? 0n)
  }

  /** In order of their first entries. */
  blocks(): TimedBlock[] {
    const blocks = [...this.#blocks].map(([block, ranges]) => {
      let all: Range | undefined
      for (const [timeline, { fromNs, toNs }] of ranges) {
        const startNs = this.#lines.get(timeline)!.fromNs
        all = widen(widen(all, fromNs - startNs), toNs - startNs)
      }
      return { block, ...all! }
    })
    return blocks.sort((a, b) => (a.fromNs < b.fromNs ? -1 : a.fromNs > b.fromNs ? 1 : a.block.offset - b.block.offset))
  }
}

/** The most bytes of blocks that lie at one time. */
function overlapOf(blocks: readonly TimedBlock[]): number {
  const edges = blocks.flatMap(({ fromNs, toNs, block: { length } }) => [
    { ns: fromNs, length },
    { ns: toNs, length: -length }
  ])
  edges.sort((a, b) => (a.ns < b.ns ? -1 : a.ns > b.ns ? 1 : b.length - a.length))
  let now = 0
  let most = 0
  for (const { length } of edges) {
    now += length
    most = Math.max(most, now)
  }
  return most
}

/** A block of which entries are left. */
interface Loaded {
  readonly entries: readonly TimedEntry[]
  readonly block: Block
  next: number
}

/** Merges blocks whose times overlap, as far as there is memory for them. */
async function* merged(
  blocks: readonly TimedBlock[],
  load: (block: TimedBlock) => Promise<TimedEntry[]>
): AsyncGenerator<TimedEntry, void, undefined> {
  const loaded: Loaded[] = []
  let next = 0
  for (;;) {
    let first = firstOf(loaded)
    const bytes = loaded.reduce((sum, { block }) => sum + block.length, 0)
    const coming = blocks[next]
    if (coming !== undefined && (first === undefined || (coming.fromNs <= first.entries[first.next]!.atNs && bytes < mergedBytesMax))) {
      const entries = await load(coming)
      if (entries.length > 0) loaded.push({ entries, block: coming.block, next: 0 })
      next += 1
      continue
    }
    if (first === undefined) return
    // Everything up to the next block's first entry.
    while (first !== undefined) {
      const entry: TimedEntry = first.entries[first.next]!
      if (coming !== undefined && coming.fromNs <= entry.atNs && bytes < mergedBytesMax) break
      first.next += 1
      yield entry
      if (first.next === first.entries.length) {
        loaded.splice(loaded.indexOf(first), 1)
        break
      }
      first = firstOf(loaded)
    }
  }
}

function firstOf(loaded: readonly Loaded[]): Loaded | undefined {
  let first: Loaded | undefined
  for (const one of loaded) {
    if (first === undefined || isBefore(one, first)) first = one
  }
  return first
}

/** Of equal times what stands first in the file comes first. */
function isBefore(a: Loaded, b: Loaded): boolean {
  const [aNs, bNs] = [a.entries[a.next]!.atNs, b.entries[b.next]!.atNs]
  return aNs === bNs ? a.block.offset < b.block.offset : aNs < bNs
}
