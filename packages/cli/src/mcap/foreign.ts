/** Channels that `auki record` did not write: what is known of their schemas becomes logs of the right kind, the rest logs of bytes. */
import { reasonOf } from '@auki/canonical'
import type { McapTypes } from '@mcap/core'
import { foreignTracksMax } from '../settings.ts'
import type { ChannelReader, Read, Track } from './channels.ts'
import { type Convert, conversions, type ForeignEntry } from './foreign-kinds.ts'
import { type ForeignLog, foreignClock } from './foreign-log.ts'
import { type Decode, decoderOf, schemaName } from './foreign-messages.ts'

/** The timeline of everything that others recorded. */
const timeline = 'log time'

/** The logs that were made so far, of all channels: one pose may come on several. */
export class ForeignTracks {
  readonly #tracks = new Map<string, Track>()
  readonly #runs = new Map<string, number>()

  /** How to read a channel's messages, and what people should know of it. */
  readerOf(channel: McapTypes.Channel, schema: McapTypes.Schema | undefined): { readonly read: ChannelReader; readonly note?: string } {
    const name = schemaName(schema?.name ?? '')
    const convert = Object.hasOwn(conversions, name) ? conversions[name] : undefined
    const decode = convert && this.#decoder(channel, schema)
    const { topic } = channel
    if (convert === undefined || decode === undefined || typeof decode === 'string') {
      const why = typeof decode === 'string' ? `: ${decode}` : ''
      const note = `${schema?.name || 'no schema'} in ${channel.messageEncoding || 'no encoding'} is played as bytes${why}`
      const type = `${channel.messageEncoding}:${schema?.name ?? ''}`
      const asBytes = (bytes: Uint8Array): readonly ForeignEntry[] => [{ variant: 'sensor', frame: '', body: { kind: 'rf', type }, bytes }]
      return { note, read: (message) => this.#read(message, topic, asBytes(Uint8Array.from(message.data))) }
    }
    return { read: (message) => this.#read(message, topic, this.#convert(convert, decode, message, topic)) }
  }

  #convert(convert: Convert, decode: Decode, { data }: McapTypes.Message, topic: string): readonly ForeignEntry[] {
    return convert(decode(data), idOf(topic))
  }

  #decoder(channel: McapTypes.Channel, schema: McapTypes.Schema | undefined): Decode | string | undefined {
    try {
      return decoderOf(channel, schema)
    } catch (error) {
      return reasonOf(error)
    }
  }

  #read({ logTime }: McapTypes.Message, topic: string, entries: readonly ForeignEntry[]): readonly Read[] {
    return entries.flatMap((entry): Read[] => {
      const { bytes, ...what } = entry
      const identity = JSON.stringify(entry.variant === 'pose' ? what : { ...what, topic })
      const known = this.#tracks.get(identity)
      const track = known ?? this.#add(identity, entry, topic, logTime)
      const read = { type: 'entry', track, timestampNs: logTime, logTimeNs: logTime, bytes } as const
      return known === undefined ? [{ type: 'log', track }, read] : [read]
    })
  }

  #add(identity: string, entry: ForeignEntry, channelTopic: string, logTimeNs: bigint): Track {
    if (this.#tracks.size >= foreignTracksMax) throw new RangeError(`over ${foreignTracksMax} logs in one file`)
    const clock = foreignClock(logTimeNs)
    const log: ForeignLog =
      entry.variant === 'pose'
        ? { variant: 'pose', from: idOf(entry.from), to: idOf(entry.to), clock }
        : { variant: 'sensor', id: idOf(channelTopic), frame: idOf(entry.frame || channelTopic), body: entry.body, clock }
    const name = log.variant === 'pose' ? `${log.from}->${log.to}` : log.id
    const run = (this.#runs.get(name) ?? 0) + 1
    this.#runs.set(name, run)
    const topic = log.variant === 'pose' ? name : channelTopic
    const track = { topic: run === 1 ? topic : `${topic}~${run}`, run, timeline, log }
    this.#tracks.set(identity, track)
    return track
  }
}

/** A topic or a frame's name as an id: without a leading slash, and without what ids can't have. */
function idOf(name: string): string {
  return name.replace(/^\/+/, '').replace(/[>@\p{White_Space}\p{Cc}]/gu, '_') || 'unnamed'
}
