/**
 * Walks through an MCAP file without keeping it: what schemas and channels there are, and where messages stand. Damage is told and walked around: a bad chunk is
 * left out, and after a record whose length is broken the summary tells where the next chunk is.
 */
import { crc32, zstdDecompressSync } from 'node:zlib'
import { McapConstants, type McapTypes } from '@mcap/core'
import { blockBytesMax, recordBytesMax } from '../settings.ts'
import { decompressLz4 } from './lz4.ts'
import {
  headBytes,
  type RawRecord,
  readChannel,
  readChunk,
  readChunkOffset,
  readMessage,
  readSchema,
  readSummaryStart,
  recordsIn
} from './records.ts'

/** A file that can be read anywhere. */
export interface Source {
  size(): Promise<bigint>
  read(offset: bigint, length: bigint): Promise<Uint8Array>
}

/** A part of a file with messages: a chunk, or messages that follow each other outside of one. */
export interface Block {
  readonly offset: number
  readonly length: number
}

export type Found =
  | { readonly type: 'block'; readonly block: Block }
  | { readonly type: 'damage'; readonly offset: number; readonly reason: string }
  /** The file ends early: its writer was killed. What is whole was read. */
  | { readonly type: 'cut' }

const { Opcode, MCAP_MAGIC } = McapConstants
const magic = Buffer.from(MCAP_MAGIC)
const footerBytes = headBytes + 20

/** The definitions that were found so far; the first of an id counts. */
export class Definitions {
  readonly schemas = new Map<number, McapTypes.Schema>()
  readonly channels = new Map<number, McapTypes.Channel>()

  /** Takes it in if it is one. @throws RangeError */
  take({ opcode, body }: RawRecord): void {
    if (opcode === Opcode.SCHEMA) add(this.schemas, readSchema(body))
    if (opcode === Opcode.CHANNEL) add(this.channels, readChannel(body))
  }
}

function add<T extends { readonly id: number }>(all: Map<number, T>, one: T): void {
  if (!all.has(one.id)) all.set(one.id, one)
}

/** The file's messages, block by block. @throws Error for what is no MCAP; what `source` throws. */
export async function* scan(source: Source, definitions: Definitions): AsyncGenerator<Found, void, undefined> {
  const size = Number(await source.size())
  const start = size < magic.length ? Buffer.alloc(0) : await source.read(0n, BigInt(magic.length))
  if (!magic.equals(start)) throw new Error('it does not begin with the magic of an MCAP file')
  const summary = await readSummary(source, size)
  const window = new Window(source, size)
  let block: Block | undefined
  for (let at = magic.length; ; ) {
    const head = await window.headAt(at)
    const isEnd = head === undefined || head.opcode === Opcode.DATA_END || head.opcode === Opcode.FOOTER
    const length = head === undefined ? 0 : headBytes + head.length
    if (block !== undefined && (isEnd || head.opcode !== Opcode.MESSAGE || block.length + length > blockBytesMax)) {
      yield { type: 'block', block }
      block = undefined
    }
    if (isEnd) break
    if (at + length > size || head.opcode === 0) {
      const next = summary?.chunks.find((offset) => offset > at)
      if (next === undefined && summary === undefined) break
      yield { type: 'damage', offset: at, reason: `a record of kind ${head.opcode} claims ${head.length} bytes` }
      if (next === undefined) break
      at = next
      continue
    }
    if (head.opcode === Opcode.MESSAGE) block = { offset: block?.offset ?? at, length: (block?.length ?? 0) + length }
    else if (length > recordBytesMax)
      yield { type: 'damage', offset: at, reason: `a record of ${length} bytes: ${recordBytesMax} at most are read` }
    else if (head.opcode === Opcode.CHUNK) yield { type: 'block', block: { offset: at, length } }
    else if (head.opcode === Opcode.SCHEMA || head.opcode === Opcode.CHANNEL) {
      const problem = await takeFrom(definitions, source, { offset: at, length })
      if (problem !== undefined) yield { type: 'damage', offset: at, reason: problem }
    }
    at += length
  }
  // A channel whose own record was damaged stands in the summary, too.
  for (const record of summary?.definitions ?? []) definitions.take(record)
  if (summary === undefined) yield { type: 'cut' }
}

/** The messages of a block, with the definitions before them taken in. @throws Error for one that is damaged */
export async function messagesOf(source: Source, { offset, length }: Block, definitions: Definitions): Promise<McapTypes.Message[]> {
  const bytes = await source.read(BigInt(offset), BigInt(length))
  const messages: McapTypes.Message[] = []
  for (const record of recordsIn(bytes)) {
    const inside = record.opcode === Opcode.CHUNK ? recordsIn(unpack(readChunk(record.body))) : [record]
    for (const one of inside) {
      if (one.opcode === Opcode.MESSAGE) messages.push(readMessage(one.body))
      else definitions.take(one)
    }
  }
  return messages
}

function unpack({ compression, records, uncompressedSize, uncompressedCrc }: McapTypes.Chunk): Uint8Array {
  if (uncompressedSize > BigInt(recordBytesMax)) throw new RangeError(`a chunk claims ${uncompressedSize} bytes`)
  const plain = decompress(compression, records, Number(uncompressedSize))
  if (uncompressedCrc !== 0 && crc32(plain) !== uncompressedCrc) throw new Error('its CRC is wrong')
  return plain
}

function decompress(compression: string, records: Uint8Array, size: number): Uint8Array {
  if (compression === '' || records.length === 0) return records
  if (compression === 'zstd') return zstdDecompressSync(records, { maxOutputLength: Math.max(size, 1) })
  if (compression === 'lz4') return decompressLz4(records, size)
  throw new Error(`its compression "${compression}" is not known; zstd and lz4 are`)
}

async function takeFrom(definitions: Definitions, source: Source, { offset, length }: Block): Promise<string | undefined> {
  try {
    for (const record of recordsIn(await source.read(BigInt(offset), BigInt(length)))) definitions.take(record)
    return undefined
  } catch (error) {
    if (error instanceof RangeError) return error.message
    throw error
  }
}

interface Summary {
  readonly definitions: readonly RawRecord[]
  /** Where the chunks are, in order. */
  readonly chunks: readonly number[]
}

/** Undefined for a file that was not finished. */
async function readSummary(source: Source, size: number): Promise<Summary | undefined> {
  const tailBytes = footerBytes + magic.length
  if (size < magic.length + tailBytes) return undefined
  const tail = await source.read(BigInt(size - tailBytes), BigInt(tailBytes))
  if (!magic.equals(tail.subarray(footerBytes)) || tail[0] !== Opcode.FOOTER) return undefined
  const start = Number(readSummaryStart(tail.subarray(headBytes)))
  const length = size - tailBytes - start
  if (start === 0 || length < 0 || length > recordBytesMax) return { definitions: [], chunks: [] }
  try {
    const records = [...recordsIn(await source.read(BigInt(start), BigInt(length)))]
    const chunks = records.flatMap(({ opcode, body }) => (opcode === Opcode.CHUNK_INDEX ? [Number(readChunkOffset(body))] : []))
    const definitions = records.filter(({ opcode }) => opcode === Opcode.SCHEMA || opcode === Opcode.CHANNEL)
    return { definitions, chunks: chunks.toSorted((a, b) => a - b) }
  } catch (error) {
    if (error instanceof RangeError) return { definitions: [], chunks: [] }
    throw error
  }
}

/** Reads the heads of records without a system call for each. */
class Window {
  readonly #source: Source
  readonly #size: number
  #bytes: Uint8Array = Buffer.alloc(0)
  #offset = 0

  constructor(source: Source, size: number) {
    this.#source = source
    this.#size = size
  }

  /** Undefined at the end of the file. */
  async headAt(at: number): Promise<{ readonly opcode: number; readonly length: number } | undefined> {
    if (at + headBytes > this.#size) return undefined
    if (at < this.#offset || at + headBytes > this.#offset + this.#bytes.length) {
      this.#bytes = await this.#source.read(BigInt(at), BigInt(Math.min(64 * 1024, this.#size - at)))
      this.#offset = at
    }
    const view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset + at - this.#offset, headBytes)
    return { opcode: view.getUint8(0), length: Number(view.getBigUint64(1, true)) }
  }
}
