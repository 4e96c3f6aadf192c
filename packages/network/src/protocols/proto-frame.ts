import { readMessage, writeMessage } from '@auki/datatypes/protobuf'
import type { DescMessage, MessageInitShape, MessageShape } from '@bufbuild/protobuf'
import { decodeError, encodeError, reasonOf } from './errors.ts'
import { checkFrameSize } from './frame.ts'

/** A protobuf payload. @throws CodecError 'encode' | 'frame-too-large' */
export function encodeMessage<D extends DescMessage>(schema: D, message: MessageInitShape<D>, capBytes: number): Uint8Array {
  let payload: Uint8Array
  try {
    payload = writeMessage(schema, message)
  } catch (cause) {
    throw encodeError(reasonOf(cause), cause)
  }
  checkFrameSize(payload.length, capBytes)
  return payload
}

/** The message in a protobuf payload; its byte fields are views. @throws CodecError 'decode' */
export function decodeMessage<D extends DescMessage>(schema: D, payload: Uint8Array): MessageShape<D> {
  try {
    return readMessage(schema, payload)
  } catch (cause) {
    throw decodeError(reasonOf(cause), cause)
  }
}

/** How a message of `/auki/join/0.0.1` or `/auki/info/0.0.1` is written: older reference peers speak JSON under the same ids. */
export type MessageForm = 'protobuf' | 'json'

/** Which form a payload has. The first byte decides: no protobuf payload of these protocols begins with `{`. */
export function formOf(payload: Uint8Array): MessageForm {
  return payload[0] === 0x7b ? 'json' : 'protobuf'
}
