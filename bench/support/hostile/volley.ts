/** Frames of Yamux, made once and sent over and over: an attacker that would take the trouble to open each substream is slow. */
import { bytesOf, joined } from '../../../tests/foreign/peer/wire.ts'

export const syn = 1
export const fin = 4
export const rst = 8

const headerBytes = 12
const dataType = 0
const windowType = 1
const pingType = 2

export interface Piece {
  readonly flag: number
  /** With data; else a window update of nothing. */
  readonly data?: Uint8Array
  /** A ping with this in it, of no substream. */
  readonly ping?: number
  /** What its header says of its length, if that is a lie. */
  readonly length?: number
}

/** A line of a negotiation. */
export const line = (text: string): Uint8Array => joined(Uint8Array.of(text.length + 1), bytesOf(`${text}\n`))
export const greeting = line('/multistream/1.0.0')

/** So many substreams, each with these frames. */
export class Volley {
  readonly bytes: Uint8Array
  readonly #view: DataView
  /** Where the number of each substream stands, in order. */
  readonly #places: readonly number[][]

  constructor(pieces: readonly Piece[], times: number) {
    const one = joined(...pieces.map(encoded))
    this.bytes = new Uint8Array(Buffer.alloc(one.length * times, one))
    this.#view = new DataView(this.bytes.buffer, this.bytes.byteOffset)
    const starts: number[] = []
    let at = 0
    for (const piece of pieces) {
      if (piece.ping === undefined) starts.push(at + 4)
      at += encoded(piece).length
    }
    this.#places = Array.from({ length: times }, (_, index) => starts.map((start) => index * one.length + start))
  }

  /** Numbers its substreams, from this one on. @returns the number of the next. */
  number(first: number): number {
    let next = first
    for (const places of this.#places) {
      for (const place of places) this.#view.setUint32(place, next)
      next += 2
    }
    return next
  }
}

function encoded({ flag, data, ping, length }: Piece): Uint8Array {
  const bytes = new Uint8Array(headerBytes + (data?.length ?? 0))
  const view = new DataView(bytes.buffer)
  bytes[1] = ping === undefined ? (data === undefined ? windowType : dataType) : pingType
  view.setUint16(2, flag)
  view.setUint32(8, length ?? ping ?? data?.length ?? 0)
  if (data !== undefined) bytes.set(data, headerBytes)
  return bytes
}
