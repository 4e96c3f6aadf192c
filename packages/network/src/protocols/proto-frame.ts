import { reasonOf } from '@auki/canonical'
import { readMessage, writeMessage } from '@auki/datatypes/protobuf'
import type { DescMessage, MessageInitShape, MessageShape } from '@bufbuild/protobuf'
import { BinaryReader } from '@bufbuild/protobuf/wire'
import { Uint8ArrayList } from 'uint8arraylist'
import { decodeError, encodeError } from './codec-errors.ts'
import { checkFrameSize } from './frame.ts'

/** A protobuf payload. @throws CodecError 'encode' | 'frame-too-large' */
export function encodeMessage<D extends DescMessage>(schema: D, message: MessageInitShape<D>, capBytes: number): Uint8Array {
  let payload: Uint8Array
  try {
    payload = writeMessage(schema, message)
  } catch (cause) {
    throw encodeError(reasonOf(cause), { cause })
  }
  checkFrameSize(payload.length, capBytes)
  return payload
}

/** The message in a protobuf payload; its byte fields are views. @throws CodecError 'decode' */
export function decodeMessage<D extends DescMessage>(schema: D, payload: Uint8Array): MessageShape<D> {
  try {
    return readMessage(schema, payload)
  } catch (cause) {
    throw decodeError(reasonOf(cause), { cause })
  }
}

/**
 * The payload with at most `repeatsMax` records of the field 1: more of a list than anybody reads must not be built first.
 *
 * @throws CodecError 'decode' for more than `recordsMax` records, and for what is no protobuf.
 */
export function withoutRepeats(payload: Uint8Array, repeatsMax: number, recordsMax: number): Uint8Array {
  const reader = new BinaryReader(payload)
  const kept: Uint8Array[] = []
  let [repeats, records] = [0, 0]
  try {
    while (reader.pos < reader.len) {
      if (++records > recordsMax) throw new Error(`it has more than ${recordsMax} records`)
      const start = reader.pos
      const [number, wireType] = reader.tag()
      reader.skip(wireType, number)
      if (number !== 1 || ++repeats <= repeatsMax) kept.push(payload.subarray(start, reader.pos))
    }
  } catch (cause) {
    throw decodeError(reasonOf(cause), { cause })
  }
  return repeats <= repeatsMax ? payload : new Uint8ArrayList(...kept).subarray()
}

/** How a message of `/auki/join/0.0.1` or `/auki/info/0.0.1` is written: older reference peers speak JSON under the same ids. */
export type MessageForm = 'protobuf' | 'json'

/** Which form a payload has. The first byte decides: no protobuf payload of these protocols begins with `{`. */
export function formOf(payload: Uint8Array): MessageForm {
  return payload[0] === 0x7b ? 'json' : 'protobuf'
}
