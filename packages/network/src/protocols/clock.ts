/**
 * `/auki/clock/0.0.1`: what does your clock read? Several times over one substream, one question after the other.
 *
 * A question is an empty frame. The answer has no text to be read or written: two readings, big-endian, and then whose they are. So what lies between
 * a reading and the wire is short, the same on both sides, and after a few rounds as fast as it gets. Peers that do not speak it are asked over
 * `/auki/info/0.0.1`.
 */

import { decodeError } from './codec-errors.ts'
import { encodeFrame, framePrefixBytes } from './frame.ts'
import { decodeJson, encodeJson } from './json-frame.ts'
import { clockFrameBytesMax, heartbeatValuesMax } from './limits.ts'
import type { Protocol } from './one-shot.ts'

export const PROTOCOL_ID = '/auki/clock/0.0.1'
export const FRAME_BYTES_MAX: number = clockFrameBytesMax

/** The protocol beside what is said over it: any number of frames. */
export const protocol: Protocol = { id: PROTOCOL_ID, frames: { capBytes: FRAME_BYTES_MAX, allowEmpty: true }, mayAsk: 'members' }

/** A session clock by its registry entry. */
export interface ClockName {
  readonly clockId: string
  readonly clockHash: string
}

/** When a question came and when its answer went, on the answering peer's session clock, ns (i64). */
export interface ClockAnswer extends ClockName {
  readonly receivedAtClockNs: bigint
  readonly sentAtClockNs: bigint
}

const readingsBytes = 16

/** A question, prefix included: it has no content. */
export const question: Uint8Array = encodeFrame(new Uint8Array(0), FRAME_BYTES_MAX)

/** What all answers of a clock have in common, prefix included. @throws CodecError 'frame-too-large' for names that are too long. */
export function encodeName({ clockId, clockHash }: ClockName): Uint8Array {
  const name = encodeJson({ clock_id: clockId, clock_hash: clockHash }, FRAME_BYTES_MAX - readingsBytes)
  const payload = new Uint8Array(readingsBytes + name.length)
  payload.set(name, readingsBytes)
  return encodeFrame(payload, FRAME_BYTES_MAX)
}

/** An answer, prefix included. @param sentAtClockNs - is called last. */
export function answer(name: Uint8Array, receivedAtClockNs: bigint, sentAtClockNs: () => bigint): Uint8Array {
  const frame = name.slice()
  const view = new DataView(frame.buffer)
  view.setBigInt64(framePrefixBytes, receivedAtClockNs)
  view.setBigInt64(framePrefixBytes + 8, sentAtClockNs())
  return frame
}

/** @throws CodecError 'decode' */
export function decodeAnswer(payload: Uint8Array): ClockAnswer {
  if (payload.length < readingsBytes) throw decodeError(`an answer of ${payload.length} bytes has no two readings`)
  const view = new DataView(payload.buffer, payload.byteOffset)
  const record = decodeJson(payload.subarray(readingsBytes), heartbeatValuesMax)
  return {
    receivedAtClockNs: view.getBigInt64(0),
    sentAtClockNs: view.getBigInt64(8),
    clockId: record.string('clock_id'),
    clockHash: record.string('clock_hash')
  }
}
