/** The records of an MCAP file that playing needs, read from bytes that may be anything: what is cut or too long throws, and costs no memory. */
import type { McapTypes } from '@mcap/core'

/** A record as it stands in a file: its body is not looked at yet. */
export interface RawRecord {
  readonly opcode: number
  readonly body: Uint8Array
}

/** An opcode and the length of what follows. */
export const headBytes = 9

/** Takes one field after the other. */
class Fields {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get left(): number {
    return this.#bytes.length - this.#at
  }

  u16(): number {
    return this.#view.getUint16(this.#skip(2), true)
  }

  u32(): number {
    return this.#view.getUint32(this.#skip(4), true)
  }

  u64(): bigint {
    return this.#view.getBigUint64(this.#skip(8), true)
  }

  text(): string {
    return Buffer.from(this.bytes(this.u32())).toString('utf8')
  }

  bytes(length: number): Uint8Array {
    const from = this.#skip(length)
    return this.#bytes.subarray(from, from + length)
  }

  #skip(length: number): number {
    if (length > this.left) throw new RangeError(`a record ends ${length - this.left} bytes early`)
    this.#at += length
    return this.#at - length
  }
}

/** The records in a chunk, or in a part of a file. @throws RangeError for one that is longer than what is there. */
export function* recordsIn(bytes: Uint8Array): Generator<RawRecord, void, undefined> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let at = 0; at < bytes.length; ) {
    if (bytes.length - at < headBytes) throw new RangeError('a record is cut')
    const length = view.getBigUint64(at + 1, true)
    const from = at + headBytes
    if (length > BigInt(bytes.length - from)) throw new RangeError(`a record claims ${length} bytes`)
    const to = from + Number(length)
    yield { opcode: bytes[at]!, body: bytes.subarray(from, to) }
    at = to
  }
}

export function readSchema(body: Uint8Array): McapTypes.Schema {
  const fields = new Fields(body)
  const [id, name, encoding] = [fields.u16(), fields.text(), fields.text()]
  return { id, name, encoding, data: Uint8Array.from(fields.bytes(fields.u32())) }
}

export function readChannel(body: Uint8Array): McapTypes.Channel {
  const fields = new Fields(body)
  const [id, schemaId, topic, messageEncoding] = [fields.u16(), fields.u16(), fields.text(), fields.text()]
  const pairs = new Fields(fields.bytes(fields.u32()))
  const metadata = new Map<string, string>()
  while (pairs.left > 0) metadata.set(pairs.text(), pairs.text())
  return { id, schemaId, topic, messageEncoding, metadata }
}

export function readMessage(body: Uint8Array): McapTypes.Message {
  const fields = new Fields(body)
  const [channelId, sequence, logTime, publishTime] = [fields.u16(), fields.u32(), fields.u64(), fields.u64()]
  return { channelId, sequence, logTime, publishTime, data: fields.bytes(fields.left) }
}

export function readChunk(body: Uint8Array): McapTypes.Chunk {
  const fields = new Fields(body)
  const [messageStartTime, messageEndTime, uncompressedSize] = [fields.u64(), fields.u64(), fields.u64()]
  const [uncompressedCrc, compression, length] = [fields.u32(), fields.text(), fields.u64()]
  if (length > BigInt(fields.left)) throw new RangeError(`a chunk claims ${length} bytes`)
  return { messageStartTime, messageEndTime, uncompressedSize, uncompressedCrc, compression, records: fields.bytes(Number(length)) }
}

/** Where a chunk stands. */
export function readChunkOffset(body: Uint8Array): bigint {
  const fields = new Fields(body)
  fields.bytes(16) // its times
  return fields.u64()
}

/** Where the summary begins; 0: there is none. */
export const readSummaryStart = (footer: Uint8Array): bigint => new Fields(footer).u64()
