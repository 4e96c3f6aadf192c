/**
 * Writes logs as an MCAP file that Foxglove opens.
 *
 * A log is a channel of a well-known schema. An entry that would not come back bit by bit from its message (it does not decode, or holds what JSON can't
 * say) goes as it is into a second channel. Every message has two times: `publishTime` is the entry's own, on the log's clock, which the metadata of a
 * channel names; `logTime` is domain time, so that logs of several peers share a timeline, or the same once more where domain time is not known.
 */
import { decodePayload, encodePayload } from '@auki/datatypes'
import { type IWritable, McapWriter } from '@mcap/core'
import { bytesCodec, codecOf, type EntryMessages, type LogCodec } from './codecs.ts'
import { encodeMessage, stampOf } from './message.ts'
import { clockOf, logToText, type RecordedLog, topicOf } from './recorded-log.ts'
import { type SchemaName, schemas } from './schemas.ts'

/** What a channel has of its log. */
export type Part = 'entries' | 'calibration' | 'undecoded'

const suffixes: Readonly<Record<Part, string>> = { entries: '', calibration: '/calibration', undecoded: '/undecoded' }

/** One log of a file that is being written. */
export interface LogRecorder {
  readonly topic: string
  /** Resolves when it is in the file, or in what will be written next. @throws RangeError for a time before 0. */
  write(entry: RecordableEntry): Promise<void>
}

/** An entry as it came. */
export interface RecordableEntry {
  readonly timestampNs: bigint
  readonly bytes: Uint8Array
  /** Its domain time, for logs added with a domain clock. MCAP has no times before 0; earlier ones are written as 0. */
  readonly domainTimeNs?: bigint
}

export class RecordingWriter {
  readonly #mcap: McapWriter
  // The library takes one call at a time, and an entry may take several.
  #last: Promise<unknown>
  readonly #schemaIds = new Map<SchemaName, number>()
  /** Of all logs. */
  entries = 0

  constructor(writable: IWritable) {
    this.#mcap = new McapWriter({ writable })
    this.#last = this.#mcap.start({ profile: '', library: 'auki' })
    this.#last.catch(() => {}) // the next call rejects with it
  }

  /**
   * Its channel appears at once, entries or not.
   *
   * @param domainClockId - the clock of the entries' domain times; without it they lie at their own.
   */
  async addLog(log: RecordedLog, domainClockId?: string): Promise<LogRecorder> {
    const recorder = new ChannelRecorder(this, log, domainClockId)
    await this.inTurn((mcap) => recorder.channel(mcap, 'entries'))
    return recorder
  }

  /** Writes what is left and the index. Nothing can be written afterwards. */
  end(): Promise<void> {
    return this.inTurn((mcap) => mcap.end())
  }

  /** @internal After one that failed all others do. */
  inTurn<T>(call: (mcap: McapWriter) => Promise<T>): Promise<T> {
    const done = this.#last.then(() => call(this.#mcap))
    this.#last = done
    done.catch(() => {})
    return done
  }

  /** @internal To be called in turn. */
  async schemaId(mcap: McapWriter, name: SchemaName): Promise<number> {
    const data = Buffer.from(JSON.stringify(schemas[name]))
    const id = this.#schemaIds.get(name) ?? (await mcap.registerSchema({ name, encoding: 'jsonschema', data }))
    this.#schemaIds.set(name, id)
    return id
  }
}

class ChannelRecorder implements LogRecorder {
  readonly topic: string
  readonly #writer: RecordingWriter
  readonly #log: RecordedLog
  readonly #logTimeClockId: string
  readonly #codec: LogCodec
  readonly #channelIds = new Map<Part, number>()
  #sequence = 0

  constructor(writer: RecordingWriter, log: RecordedLog, domainClockId: string | undefined) {
    this.topic = topicOf(log.row)
    this.#writer = writer
    this.#log = log
    this.#logTimeClockId = domainClockId ?? clockOf(log.row).id
    this.#codec = codecOf(log)
  }

  async write({ timestampNs, bytes, domainTimeNs = timestampNs }: RecordableEntry): Promise<void> {
    if (timestampNs < 0n) throw new RangeError(`an entry at ${timestampNs} ns: a recording has no times before 0`)
    const sequence = this.#sequence
    this.#sequence = (sequence + 1) % 2 ** 32
    const logTime = domainTimeNs < 0n ? 0n : domainTimeNs
    const messages = losslessMessages(this.#codec, timestampNs, bytes) ?? rawMessage(timestampNs, bytes)
    await this.#writer.inTurn(async (mcap) => {
      for (const [part, data] of messages) {
        const channelId = await this.channel(mcap, part)
        await mcap.addMessage({ channelId, sequence, logTime, publishTime: timestampNs, data })
      }
    })
    this.#writer.entries += 1
  }

  /** To be called in turn. */
  async channel(mcap: McapWriter, part: Part): Promise<number> {
    const known = this.#channelIds.get(part)
    if (known !== undefined) return known
    const clocks = { clock_id: clockOf(this.#log.row).id, log_time_clock_id: this.#logTimeClockId }
    const metadata = new Map(Object.entries({ ...logToText(this.#log), part, ...clocks }))
    const schemaId = await this.#writer.schemaId(mcap, this.#schemaOf(part))
    const channel = { topic: `${this.topic}${suffixes[part]}`, schemaId, messageEncoding: 'json', metadata }
    const id = await mcap.registerChannel(channel)
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

function rawMessage(timestampNs: bigint, bytes: Uint8Array): Messages {
  return [['undecoded', encodeMessage(bytesCodec.toMessages(bytes, stampOf(timestampNs)).entry)]]
}

/** The messages of an entry, if they give back its very bytes. */
function losslessMessages({ kind, codec }: LogCodec, timestampNs: bigint, bytes: Uint8Array): Messages | undefined {
  try {
    const messages = codec.toMessages(decodePayload(kind, bytes) as never, stampOf(timestampNs))
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
