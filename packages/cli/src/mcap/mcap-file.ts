/**
 * An MCAP file as it is written. The library's own writer ends a chunk only when it is full; here chunks end when they are asked to, and a write that fails
 * leaves a file that ends with the last whole record.
 *
 * Schemas and channels stand between the chunks, so that a damaged chunk takes none of them along, and once more in the summary.
 */
import { crc32 } from 'node:zlib'
import { type IWritable, McapChunkBuilder, McapConstants, McapRecordBuilder, type McapTypes } from '@mcap/core'

/** Where a file is written to. A write that fails has written nothing. */
export type Sink = IWritable

const { Opcode } = McapConstants
/** An opcode and the length of what follows. */
const headBytes = 9

/** Takes one call at a time. */
export class McapFile {
  readonly #sink: Sink
  readonly #records = new McapRecordBuilder()
  readonly #chunk = new McapChunkBuilder({})
  readonly #schemas: McapTypes.Schema[] = []
  readonly #channels: McapTypes.Channel[] = []
  readonly #chunks: McapTypes.ChunkIndex[] = []
  readonly #metadata: McapTypes.MetadataIndex[] = []
  readonly #counts = new Map<number, bigint>()
  /** Of the chunk that is being filled. */
  #pending = new Map<number, bigint>()
  #times: { readonly start: bigint; readonly end: bigint } | undefined
  #crc = 0

  constructor(sink: Sink) {
    this.#sink = sink
  }

  /** Bytes of messages that are not written yet. */
  get pendingBytes(): number {
    return this.#chunk.byteLength
  }

  async start(library: string): Promise<void> {
    this.#records.writeMagic()
    this.#records.writeHeader({ profile: '', library })
    await this.#write()
  }

  async addSchema(schema: Omit<McapTypes.Schema, 'id'>): Promise<number> {
    const whole = { ...schema, id: this.#schemas.length + 1 }
    this.#records.writeSchema(whole)
    await this.#write()
    this.#schemas.push(whole)
    return whole.id
  }

  async addChannel(channel: Omit<McapTypes.Channel, 'id'>): Promise<number> {
    const whole = { ...channel, id: this.#channels.length }
    this.#records.writeChannel(whole)
    await this.#write()
    this.#channels.push(whole)
    return whole.id
  }

  async addMetadata(metadata: McapTypes.Metadata): Promise<void> {
    const offset = this.#sink.position()
    const length = this.#records.writeMetadata(metadata)
    await this.#write()
    this.#metadata.push({ name: metadata.name, offset, length })
  }

  /** Into the chunk that is being filled. */
  addMessage(message: McapTypes.Message): void {
    this.#chunk.addMessage(message)
    this.#pending.set(message.channelId, (this.#pending.get(message.channelId) ?? 0n) + 1n)
  }

  /** Writes the chunk, if there is anything in it. */
  async endChunk(): Promise<void> {
    const chunk = this.#chunk
    if (chunk.numMessages === 0) return
    const { messageStartTime, messageEndTime, buffer: records } = chunk
    const times = { messageStartTime, messageEndTime, compression: '', uncompressedSize: BigInt(records.length) }
    const chunkStartOffset = this.#sink.position()
    const chunkLength = this.#records.writeChunk({ ...times, uncompressedCrc: crc32(records), records })
    const messageIndexOffsets = new Map<number, bigint>()
    for (const index of chunk.indices) {
      if (index.records.length === 0) continue
      messageIndexOffsets.set(index.channelId, chunkStartOffset + BigInt(this.#records.length))
      this.#records.writeMessageIndex(index)
    }
    const messageIndexLength = BigInt(this.#records.length) - chunkLength
    await this.#write()
    const place = { chunkStartOffset, chunkLength, messageIndexOffsets, messageIndexLength, compressedSize: times.uncompressedSize }
    this.#chunks.push({ ...times, ...place })
    const { start = messageStartTime, end = messageEndTime } = this.#times ?? {}
    this.#times = { start: start < messageStartTime ? start : messageStartTime, end: end > messageEndTime ? end : messageEndTime }
    for (const [channelId, count] of this.#pending) this.#counts.set(channelId, (this.#counts.get(channelId) ?? 0n) + count)
    this.dropChunk()
  }

  /** Forgets what is not written. */
  dropChunk(): void {
    this.#chunk.reset()
    this.#pending = new Map()
  }

  /** Messages that are in the file, by channel. */
  get written(): ReadonlyMap<number, bigint> {
    return this.#counts
  }

  /** Writes the last chunk, the summary and the footer. */
  async end(): Promise<void> {
    await this.endChunk()
    this.#records.writeDataEnd({ dataSectionCrc: this.#crc })
    const summaryStart = this.#position()
    const groups = this.#writeGroups()
    const summaryOffsetStart = this.#position()
    for (const group of groups) this.#records.writeSummaryOffset(group)
    const summary = this.#records.buffer.subarray(Number(summaryStart - this.#sink.position()))
    const footer = { summaryStart, summaryOffsetStart }
    const head = Buffer.alloc(headBytes + 16)
    head.writeUInt8(Opcode.FOOTER, 0)
    head.writeBigUInt64LE(20n, 1)
    head.writeBigUInt64LE(summaryStart, headBytes)
    head.writeBigUInt64LE(summaryOffsetStart, headBytes + 8)
    this.#records.writeFooter({ ...footer, summaryCrc: crc32(head, crc32(summary)) })
    this.#records.writeMagic()
    await this.#write()
  }

  #writeGroups(): McapTypes.SummaryOffset[] {
    const records = this.#records
    const groups: McapTypes.SummaryOffset[] = []
    const group = <T>(groupOpcode: McapConstants.Opcode, all: readonly T[], write: (one: T) => void): void => {
      const groupStart = this.#position()
      for (const one of all) write(one)
      if (all.length > 0) groups.push({ groupOpcode, groupStart, groupLength: this.#position() - groupStart })
    }
    group(Opcode.SCHEMA, this.#schemas, (one) => records.writeSchema(one))
    group(Opcode.CHANNEL, this.#channels, (one) => records.writeChannel(one))
    group(Opcode.STATISTICS, [this.#statistics()], (one) => records.writeStatistics(one))
    group(Opcode.METADATA_INDEX, this.#metadata, (one) => records.writeMetadataIndex(one))
    group(Opcode.CHUNK_INDEX, this.#chunks, (one) => records.writeChunkIndex(one))
    return groups
  }

  #statistics(): McapTypes.Statistics {
    return {
      messageCount: [...this.#counts.values()].reduce((sum, count) => sum + count, 0n),
      schemaCount: this.#schemas.length,
      channelCount: this.#channels.length,
      attachmentCount: 0,
      metadataCount: this.#metadata.length,
      chunkCount: this.#chunks.length,
      messageStartTime: this.#times?.start ?? 0n,
      messageEndTime: this.#times?.end ?? 0n,
      channelMessageCounts: this.#counts
    }
  }

  /** Where the next record will stand. */
  #position(): bigint {
    return this.#sink.position() + BigInt(this.#records.length)
  }

  async #write(): Promise<void> {
    const bytes = this.#records.buffer
    try {
      await this.#sink.write(bytes)
      this.#crc = crc32(bytes, this.#crc)
    } finally {
      this.#records.reset()
    }
  }
}
