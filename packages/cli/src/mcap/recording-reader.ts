/** Reads back what `RecordingWriter` wrote, in the order of the file, a piece at a time. */
import { McapStreamReader, type McapTypes } from '@mcap/core'
import { bytesCodec, codecOf, type LogCodec } from './codecs.ts'
import { decodeMessage, type Message } from './message.ts'
import { logFromText, type RecordedLog, topicOf } from './recorded-log.ts'
import { bytesOfMessages } from './recording-writer.ts'

/** What comes out of a file: a log when its first channel does, and its entries. */
export type RecordedItem =
  | { readonly type: 'log'; readonly topic: string; readonly log: RecordedLog }
  | { readonly type: 'entry'; readonly topic: string; readonly timestampNs: bigint; readonly bytes: Uint8Array }
  /** A channel that `RecordingWriter` did not write. */
  | { readonly type: 'foreign'; readonly topic: string }
  /** The file ends early: its writer was killed. What is whole was read. */
  | { readonly type: 'cut' }

interface OwnChannel {
  readonly topic: string
  readonly part: string
  readonly codec: LogCodec
}

/** @throws Error for a file that is no MCAP, is damaged, or holds messages that do not fit their channel. */
export async function* readRecording(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<RecordedItem, void, undefined> {
  const mcap = new McapStreamReader({ validateCrcs: true })
  const channels = new Channels()
  for await (const piece of pieces) {
    mcap.append(piece)
    for (let record = mcap.nextRecord(); record !== undefined; record = mcap.nextRecord()) {
      const item = record.type === 'Channel' ? channels.add(record) : record.type === 'Message' ? channels.entry(record) : undefined
      if (item !== undefined) yield item
    }
  }
  if (!mcap.done()) yield { type: 'cut' }
}

class Channels {
  readonly #channels = new Map<number, OwnChannel | undefined>()
  readonly #topics = new Set<string>()
  readonly #calibrations = new Map<string, { readonly sequence: number; readonly message: Message }>()

  add({ id, topic, metadata }: McapTypes.Channel): RecordedItem | undefined {
    if (this.#channels.has(id)) return undefined
    const [row, registry, part] = ['row', 'registry', 'part'].map((key) => metadata.get(key))
    if (row === undefined || registry === undefined || part === undefined) {
      this.#channels.set(id, undefined)
      return { type: 'foreign', topic }
    }
    const log = logFromText({ row, registry })
    const own = topicOf(log.row)
    const codec: LogCodec = part === 'undecoded' ? { kind: 'bytes', codec: bytesCodec } : codecOf(log)
    this.#channels.set(id, { topic: own, part, codec })
    if (this.#topics.has(own)) return undefined
    this.#topics.add(own)
    return { type: 'log', topic: own, log }
  }

  entry({ channelId, sequence, publishTime, data }: McapTypes.Message): RecordedItem | undefined {
    const channel = this.#channels.get(channelId)
    if (channel === undefined) return undefined
    const { topic, part, codec } = channel
    const message = decodeMessage(data)
    if (part === 'calibration') {
      this.#calibrations.set(topic, { sequence, message })
      return undefined
    }
    const known = part === 'entries' ? this.#calibrations.get(topic) : undefined
    const calibration = known?.sequence === sequence ? known.message : undefined
    const bytes = bytesOfMessages(codec, { entry: message, ...(calibration && { calibration }) })
    return { type: 'entry', topic, timestampNs: publishTime, bytes }
  }
}
