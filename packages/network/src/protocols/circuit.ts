/**
 * Relayed connections, circuit relay v2: what a relay reads (`hop`) and what it writes to the peer that is reached (`stop`).
 *
 * Only what a relay of ours and its guests say; connecting through a relay is libp2p's. A message is a protobuf behind its length as a varint. A reservation
 * of ours has no voucher: nobody asks for one.
 */
import { reasonOf } from '@auki/canonical'
import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import { decodeError } from './codec-errors.ts'
import { relayAddressesMax } from './limits.ts'

export const HOP_PROTOCOL_ID = '/libp2p/circuit/relay/0.2.0/hop'
export const STOP_PROTOCOL_ID = '/libp2p/circuit/relay/0.2.0/stop'

/** How a relay answers. */
export const circuitStatus = {
  ok: 100,
  refused: 200,
  full: 201,
  denied: 202,
  failed: 203,
  noPlace: 204,
  malformed: 400,
  unexpected: 401
} as const

/** What a connection may carry before the relay cuts it. */
export interface CircuitLimit {
  /** s */
  readonly duration: number
  readonly bytes: bigint
}

export type HopRequest = { readonly type: 'reserve' } | { readonly type: 'connect'; readonly peer: Uint8Array } | { readonly type: 'other' }

/** A relay's answer; `expire`: when the place ends, s since 1970. */
export interface HopAnswer {
  readonly status: number
  readonly reservation?: { readonly expire: bigint; readonly addresses: readonly Uint8Array[] }
  readonly limit?: CircuitLimit
}

/** @throws CodecError 'decode' */
export function decodeHopRequest(payload: Uint8Array): HopRequest {
  let type: number | undefined
  let peer: Uint8Array | undefined
  eachField(payload, {
    1: (reader) => (type = reader.int32()),
    2: (reader) => (peer = peerOf(reader.bytes()))
  })
  if (type === 0) return { type: 'reserve' }
  return type === 1 && peer !== undefined ? { type: 'connect', peer } : { type: 'other' }
}

export const encodeReserve = (): Uint8Array => new BinaryWriter().tag(1, WireType.Varint).int32(0).finish()

export function encodeHopAnswer({ status, reservation, limit }: HopAnswer): Uint8Array {
  const writer = new BinaryWriter().tag(1, WireType.Varint).int32(2)
  if (reservation !== undefined) {
    writer.tag(3, WireType.LengthDelimited).fork().tag(1, WireType.Varint).uint64(reservation.expire)
    for (const address of reservation.addresses) writer.tag(2, WireType.LengthDelimited).bytes(address)
    writer.join()
  }
  if (limit !== undefined) writeLimit(writer.tag(4, WireType.LengthDelimited).fork(), limit).join()
  return writer.tag(5, WireType.Varint).int32(status).finish()
}

/** @throws CodecError 'decode', also for what is no answer */
export function decodeHopAnswer(payload: Uint8Array): HopAnswer {
  let type: number | undefined
  let status: number | undefined
  let reservation: HopAnswer['reservation']
  eachField(payload, {
    1: (reader) => (type = reader.int32()),
    3: (reader) => (reservation = reservationOf(reader.bytes())),
    5: (reader) => (status = reader.int32())
  })
  if (type !== 2 || status === undefined) throw decodeError('it is no answer of a relay')
  return { status, ...(reservation && { reservation }) }
}

/** To the peer that is reached: who wants to reach it. */
export function encodeStopConnect(peer: Uint8Array, limit: CircuitLimit | undefined): Uint8Array {
  const writer = new BinaryWriter().tag(1, WireType.Varint).int32(0)
  writer.tag(2, WireType.LengthDelimited).fork().tag(1, WireType.LengthDelimited).bytes(peer).join()
  if (limit !== undefined) writeLimit(writer.tag(3, WireType.LengthDelimited).fork(), limit).join()
  return writer.finish()
}

/** Its answer. @throws CodecError 'decode', also for what is none */
export function decodeStopStatus(payload: Uint8Array): number {
  let type: number | undefined
  let status: number | undefined
  eachField(payload, { 1: (reader) => (type = reader.int32()), 4: (reader) => (status = reader.int32()) })
  if (type !== 1 || status === undefined) throw decodeError('it is no answer of a peer behind a relay')
  return status
}

const writeLimit = (writer: BinaryWriter, { duration, bytes }: CircuitLimit): BinaryWriter =>
  writer.tag(1, WireType.Varint).uint32(duration).tag(2, WireType.Varint).uint64(bytes)

function peerOf(bytes: Uint8Array): Uint8Array | undefined {
  let id: Uint8Array | undefined
  eachField(bytes, { 1: (reader) => (id = reader.bytes()) })
  return id
}

function reservationOf(bytes: Uint8Array): NonNullable<HopAnswer['reservation']> {
  const addresses: Uint8Array[] = []
  let expire = 0n
  eachField(bytes, {
    1: (reader) => (expire = BigInt(reader.uint64())),
    2: (reader) => {
      const address = reader.bytes()
      if (addresses.length < relayAddressesMax) addresses.push(address)
    }
  })
  return { expire, addresses }
}

/** Reads the fields that are asked for and skips the others. @throws CodecError 'decode' */
function eachField(payload: Uint8Array, read: Readonly<Record<number, (reader: BinaryReader) => unknown>>): void {
  const reader = new BinaryReader(payload)
  try {
    while (reader.pos < reader.len) {
      const [number, wireType] = reader.tag()
      const field = read[number]
      if (field === undefined) reader.skip(wireType, number)
      else field(reader)
    }
  } catch (cause) {
    throw decodeError(reasonOf(cause), { cause })
  }
}
