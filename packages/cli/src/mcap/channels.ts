/** What the messages of a file's channels are: entries of logs that `RecordingWriter` wrote, or what others wrote and logs can be made of. */
import { reasonOf } from '@auki/canonical'
import type { McapTypes } from '@mcap/core'
import { bytesCodec, codecOf, type LogCodec } from './codecs.ts'
import { ForeignTracks } from './foreign.ts'
import type { ForeignLog } from './foreign-log.ts'
import { decodeMessage, type Message } from './message.ts'
import { clockOf, logFromText, logIdentity, type RecordedLog, topicOf } from './recorded-log.ts'
import { bytesOfMessages } from './recording-writer.ts'
import type { Definitions } from './scan.ts'

/** A log as a file has it. */
export interface Track {
  /** Its topic; where a peer has had several logs of one name, as after a restart, the later ones are numbered: `/robot/camera~2`. */
  readonly topic: string
  /** Which of the logs of that name it is, from 1. */
  readonly run: number
  /** The clock of its log times. */
  readonly timeline: string
  readonly log: RecordedLog | ForeignLog
}

export interface TrackEntry {
  readonly type: 'entry'
  readonly track: Track
  /** On the log's clock. */
  readonly timestampNs: bigint
  /** On the track's timeline. */
  readonly logTimeNs: bigint
  readonly bytes: Uint8Array
}

/** What comes of a message. */
export type Read =
  | { readonly type: 'log'; readonly track: Track }
  | TrackEntry
  /** Something about a channel that people should know, once. */
  | { readonly type: 'note'; readonly topic: string; readonly text: string }
  /** A message that its channel can't have. */
  | { readonly type: 'bad'; readonly topic: string; readonly reason: string }

/** Reads the messages of one channel. May throw whatever a decoder throws. */
export type ChannelReader = (message: McapTypes.Message) => readonly Read[]

export class Channels {
  readonly #definitions: Definitions
  readonly #readers = new Map<number, ChannelReader>()
  readonly #topics = new Map<number, string>()
  readonly #tracks = new Map<string, Track>()
  /** How many logs there are of a name. */
  readonly #runs = new Map<string, number>()
  readonly #foreign = new ForeignTracks()
  readonly #calibrations = new Map<Track, { readonly sequence: number; readonly message: Message }>()

  constructor(definitions: Definitions) {
    this.#definitions = definitions
  }

  /** Logs come before their first entry, those without entries not at all: see {@link announce}. */
  *read(message: McapTypes.Message): Generator<Read, void, undefined> {
    const { channelId } = message
    yield* this.announce(channelId)
    const read = this.#readers.get(channelId)
    try {
      yield* read?.(message) ?? []
    } catch (error) {
      yield { type: 'bad', topic: this.#topics.get(channelId) ?? `channel ${channelId}`, reason: reasonOf(error) }
    }
  }

  /** The log of a channel, if it is one of ours and not known yet; what is wrong with the channel. */
  announce(channelId: number): readonly Read[] {
    if (this.#readers.has(channelId)) return []
    const channel = this.#definitions.channels.get(channelId)
    if (channel === undefined) {
      this.#readers.set(channelId, () => [])
      return [{ type: 'bad', topic: `channel ${channelId}`, reason: 'nothing says what is in it' }]
    }
    this.#topics.set(channelId, channel.topic)
    try {
      const [row, registry, part] = ['row', 'registry', 'part'].map((key) => channel.metadata.get(key))
      if (row === undefined || registry === undefined || part === undefined) return this.#addForeign(channel)
      return this.#addOwn(channel, logFromText({ row, registry }), part)
    } catch (error) {
      this.#readers.set(channelId, () => [])
      return [{ type: 'bad', topic: channel.topic, reason: reasonOf(error) }]
    }
  }

  #addForeign(channel: McapTypes.Channel): readonly Read[] {
    const schema = this.#definitions.schemas.get(channel.schemaId)
    const { read, note } = this.#foreign.readerOf(channel, schema)
    this.#readers.set(channel.id, read)
    return note === undefined ? [] : [{ type: 'note', topic: channel.topic, text: note }]
  }

  #addOwn({ id, metadata }: McapTypes.Channel, log: RecordedLog, part: string): readonly Read[] {
    const identity = `${logIdentity(log.row)}|${metadata.get('recording') ?? ''}`
    const known = this.#tracks.get(identity)
    const track = known ?? this.#track(log, metadata.get('log_time_clock_id') ?? clockOf(log.row).id)
    this.#tracks.set(identity, track)
    const codec: LogCodec = part === 'undecoded' ? { kind: 'bytes', codec: bytesCodec } : codecOf(log)
    this.#readers.set(id, (message) => this.#entry(track, { part, codec }, message))
    return known === undefined ? [{ type: 'log', track }] : []
  }

  #track(log: RecordedLog, timeline: string): Track {
    const name = topicOf(log.row)
    const run = (this.#runs.get(name) ?? 0) + 1
    this.#runs.set(name, run)
    return { topic: run === 1 ? name : `${name}~${run}`, run, timeline, log }
  }

  #entry(track: Track, { part, codec }: { readonly part: string; readonly codec: LogCodec }, raw: McapTypes.Message): readonly Read[] {
    const { sequence, publishTime: timestampNs, logTime: logTimeNs, data } = raw
    const message = decodeMessage(data)
    if (part === 'calibration') {
      this.#calibrations.set(track, { sequence, message })
      return []
    }
    const known = part === 'entries' ? this.#calibrations.get(track) : undefined
    const calibration = known?.sequence === sequence ? known.message : undefined
    const bytes = bytesOfMessages(codec, { entry: message, ...(calibration && { calibration }) })
    return [{ type: 'entry', track, timestampNs, logTimeNs, bytes }]
  }
}
