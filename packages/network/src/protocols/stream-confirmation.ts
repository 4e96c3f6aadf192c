/**
 * What a consumer writes after its request, where the manifest accepts it (`confirms`): how many entries it has taken so far.
 *
 * A producer learns from it how much of what it has sent is still on the way, whatever holds it up: buffers, the link, or the reader.
 */
import { StreamConfirmationSchema } from '@auki/datatypes/protobuf'
import { decodeError } from './codec-errors.ts'
import { encodeFrame, type FrameRules } from './frame.ts'
import { streamConfirmationBytesMax } from './limits.ts'
import { decodeMessage, encodeMessage } from './proto-frame.ts'

/** A confirmation says something, so it is never empty. */
export const confirmationFrames: FrameRules = { capBytes: streamConfirmationBytesMax, allowEmpty: false }

/** A whole frame, prefix included. @throws CodecError 'encode' */
export function encodeConfirmation(entriesTaken: bigint): Uint8Array {
  return encodeFrame(encodeMessage(StreamConfirmationSchema, { entriesTaken }, streamConfirmationBytesMax), streamConfirmationBytesMax)
}

/**
 * How many entries the consumer has taken, from the payload of a frame.
 *
 * @param before - what it confirmed before
 * @param sent - how many entries it was sent
 * @throws CodecError 'decode' for what is no confirmation, takes back what was confirmed, or confirms more than was sent.
 */
export function readConfirmation(payload: Uint8Array, before: bigint, sent: bigint): bigint {
  const { entriesTaken } = decodeMessage(StreamConfirmationSchema, payload)
  if (entriesTaken < before) throw decodeError(`it confirms ${entriesTaken} entries, after ${before}`)
  if (entriesTaken > sent) throw decodeError(`it confirms ${entriesTaken} entries, and was sent ${sent}`)
  return entriesTaken
}
