/**
 * Writes logs as an MCAP file that Foxglove opens.
 *
 * A log is a channel of a well-known schema; the same log of another session is another one. An entry that would not come back bit by bit from its message (it does not decode, or holds what JSON can't
 * say) goes as it is into a second channel. Every message has two times: `publishTime` is the entry's own, on the log's clock, which the metadata of a
 * channel names; `logTime`, and every time inside the message, is domain time, so that logs of several peers share a timeline, or the same once more where
 * domain time is not known.
 */
import { decodePayload, encodePayload } from '@auki/datatypes'
import { chunkBytesMax, chunkMsMax } from '../settings.ts'
import { bytesCodec, codecOf, type EntryMessages, type LogCodec } from './codecs.ts'
import { McapFile, type Sink } from './mcap-file.ts'
import { encodeMessage, stampOf } from './message.ts'
import { clockOf, logToText, type RecordedLog, topicOf } from './recorded-log.ts'
import { type SchemaName, schemas } from './schemas.ts'

/** What a channel has of its log. */
export type Part = 'entries' | 'calibration' | 'undecoded'

const suffixes: Readonly<Record<Part, string>> = { entries: '', calibration: '/calibration', undecoded: '/undecoded' }

/** One log of a file that is being written. */
export interface LogRecorder {
  readonly topic: string
  /** Entries that are in the file for good: those of chunks that are written. */
  readonly entries: number
  /** Resolves when it is in the file, or in the chunk that is written next. @throws RangeError for a time before 0. */
  write(entry: RecordableEntry): Promise<void>
  /** Writes down that entries are missing. */
  writeGap(gap: RecordedGap): Promise<void>
}

/** An entry as it came. */
export interface RecordableEntry {
  readonly timestampNs: bigint
  readonly bytes: Uint8Array
  /** Its domain time, for logs added with a domain clock. MCAP has no times before 0; earlier ones are written as 0. */
  readonly domainTimeNs?: bigint
}

/** Entries that a recording lacks. */
export interface RecordedGap {
  /** On the log's clock: no missing entry is older. */
  readonly fromNs: bigint
  /** No missing entry is newer. */
  readonly toNs: bigint
  /** How many; left out where nobody counted, and there may be none. */
  readonly lost?: bigint
  readonly reason: string
}

/** How a log is added to a file. */
export interface AddLogOptions {
  /** The clock of the entries' domain times; default: they lie at their own. */
  readonly domainClockId?: string | undefined
  /** What the log's producer calls this recording of it; default: it does not say. */
  readonly recording?: string | undefined
}

/** The name of the metadata records that tell of gaps. */
export const gapRecord = 'auki.gap'

export class RecordingWriter {
  readonly #file: McapFile
  // The file takes one call at a time, and an entry may take several.
  #last: Promise<unknown>
  readonly #failed = Promise.withResolvers<unknown>()
  readonly #schemaIds = new Map<SchemaName, number>()
  #timer: NodeJS.Timeout | undefined

  constructor(sink: Sink) {
    this.#file = new McapFile(sink)
    this.#last = this.#file.start('auki')
    this.#last.catch(this.#failed.resolve) // the next call rejects with it
  }

  /** Resolves to why nothing more can be written, when that happens; entries may be waiting then that are not in the file. */
  get failed(): Promise<unknown> {
    return this.#failed.promise
  }

  /** Its channel appears at once, entries or not. */
  async addLog(log: RecordedLog, options: AddLogOptions = {}): Promise<LogRecorder> {
    const recorder = new ChannelRecorder(this, log, options)
    await this.inTurn((file) => recorder.channel(file, 'entries'))
    return recorder
  }

  /**
   * Writes what is left and the index. Nothing can be written afterwards. After a failure it leaves a file that holds what was written before, with an index
   * where there is room for one.
   *
   * @throws what the first write that failed threw.
   */
  async end(): Promise<void> {
    try {
      await this.inTurn((file) => file.end())
    } catch (error) {
      this.#file.dropChunk()
      await this.#file.end().catch(() => {}) // the file can be read without an index, too
      throw error
    } finally {
      clearTimeout(this.#timer)
    }
  }

  /** @internal After one that failed all others do. */
  inTurn<T>(call: (file: McapFile) => Promise<T>): Promise<T> {
    const done = this.#last.then(() => call(this.#file))
    this.#last = done
    done.catch(this.#failed.resolve)
    return done
  }

  /** @internal To be called in turn. */
  async schemaId(file: McapFile, name: SchemaName): Promise<number> {
    const data = Buffer.from(JSON.stringify(schemas[name]))
    const id = this.#schemaIds.get(name) ?? (await file.addSchema({ name, encoding: 'jsonschema', data }))
    this.#schemaIds.set(name, id)
    return id
  }

  /** @internal To be called in turn, after messages were added: a chunk ends when it is full, and some time after its first message. */
  async paceChunks(file: McapFile): Promise<void> {
    if (file.pendingBytes < chunkBytesMax) {
      this.#timer ??= setTimeout(() => void this.inTurn(() => this.#endChunk()).catch(() => {}), chunkMsMax)
      return
    }
    await this.#endChunk()
  }

  /** @internal Messages of a channel that are in the file. */
  messagesIn(channelId: number): number {
    return Number(this.#file.written.get(channelId) ?? 0n)
  }

  #endChunk(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    return this.#file.endChunk()
  }
}

class ChannelRecorder implements LogRecorder {
  readonly topic: string
  readonly #writer: RecordingWriter
  readonly #metadata: Readonly<Record<string, string>>
  readonly #codec: LogCodec
  readonly #channelIds = new Map<Part, number>()
  #sequence = 0

  constructor(writer: RecordingWriter, log: RecordedLog, { domainClockId, recording }: AddLogOptions) {
    this.topic = topicOf(log.row)
    this.#writer = writer
    const { id } = clockOf(log.row)
    const clocks = { clock_id: id, log_time_clock_id: domainClockId ?? id }
    this.#metadata = { ...logToText(log), ...clocks, ...(recording !== undefined && { recording }) }
    this.#codec = codecOf(log)
  }

  get entries(): number {
    const ids = [this.#channelIds.get('entries'), this.#channelIds.get('undecoded')]
    return ids.reduce<number>((sum, id) => sum + (id === undefined ? 0 : this.#writer.messagesIn(id)), 0)
  }

  async write({ timestampNs, bytes, domainTimeNs = timestampNs }: RecordableEntry): Promise<void> {
    if (timestampNs < 0n) throw new RangeError(`an entry at ${timestampNs} ns: a recording has no times before 0`)
    const sequence = this.#sequence
    this.#sequence = (sequence + 1) % 2 ** 32
    const logTime = domainTimeNs < 0n ? 0n : domainTimeNs
    const messages = losslessMessages(this.#codec, logTime, bytes) ?? rawMessage(logTime, bytes)
    await this.#writer.inTurn(async (file) => {
      for (const [part, data] of messages) {
        const channelId = await this.channel(file, part)
        file.addMessage({ channelId, sequence, logTime, publishTime: timestampNs, data })
      }
      await this.#writer.paceChunks(file)
    })
  }

  async writeGap({ fromNs, toNs, lost, reason }: RecordedGap): Promise<void> {
    await this.#writer.inTurn(async (file) => {
      const channelId = await this.channel(file, 'entries')
      const about = { topic: this.topic, channel_id: String(channelId), clock_id: this.#metadata['clock_id']! }
      const times = { from_ns: String(fromNs), to_ns: String(toNs), ...(lost !== undefined && { lost: String(lost) }) }
      await file.addMetadata({ name: gapRecord, metadata: new Map(Object.entries({ ...about, ...times, reason })) })
    })
  }

  /** To be called in turn. */
  async channel(file: McapFile, part: Part): Promise<number> {
    const known = this.#channelIds.get(part)
    if (known !== undefined) return known
    const metadata = new Map(Object.entries({ ...this.#metadata, part }))
    const schemaId = await this.#writer.schemaId(file, this.#schemaOf(part))
    const channel = { topic: `${this.topic}${suffixes[part]}`, schemaId, messageEncoding: 'json', metadata }
    const id = await file.addChannel(channel)
    this.#channelIds.set(part, id)
    return id
  }

  #schemaOf(part: Part): SchemaName {
    if (part === 'entries') return this.#codec.codec.schema
    return part === 'calibration' ? 'foxglove.CameraCalibration' : 'auki.Bytes'
  }
}

/** What to write of an entry, in this order. */
type Messages = readonly (readonly [part: Part, json: Uint8Array])[]

function rawMessage(timeNs: bigint, bytes: Uint8Array): Messages {
  return [['undecoded', encodeMessage(bytesCodec.toMessages(bytes, stampOf(timeNs)).entry)]]
}

/** The messages of an entry, if they give back its very bytes. */
function losslessMessages({ kind, codec }: LogCodec, timeNs: bigint, bytes: Uint8Array): Messages | undefined {
  try {
    const messages = codec.toMessages(decodePayload(kind, bytes) as never, stampOf(timeNs))
    if (!sameBytes(bytesOfMessages({ kind, codec } as LogCodec, messages), bytes)) return undefined
    const { entry, calibration } = messages
    const own = ['entries', encodeMessage(entry)] as const
    return calibration === undefined ? [own] : [['calibration', encodeMessage(calibration)], own]
  } catch {
    return undefined
  }
}

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0

/** The bytes of an entry, from its messages. @throws PayloadError, TypeError, … for messages that are none of this log. */
export function bytesOfMessages({ kind, codec }: LogCodec, messages: EntryMessages): Uint8Array {
  return encodePayload(kind, codec.toPayload(messages) as never)
}
