import { AukiError } from '@auki/canonical'

export type CodecErrorCode =
  | 'io'
  | 'encode'
  | 'decode'
  | 'frame-too-large'
  | 'empty-frame'
  | 'json'
  | 'invalid-multiaddr'
  | 'missing-variant'

/**
 * What a codec throws, and the only thing a codec throws, whatever bytes a peer sent.
 *
 * `details` of `frame-too-large`: `actual` and `max` in bytes; of `invalid-multiaddr`: `value` and `error`.
 */
export class CodecError extends AukiError<CodecErrorCode> {
  override readonly name = 'CodecError'
}

/** A message we were asked to write and cannot. */
export function encodeError(problem: string, options?: ErrorOptions): CodecError {
  return new CodecError('encode', `cannot write the message: ${problem}; correct the value`, {}, options)
}

/** A message we were sent and cannot read. */
export function decodeError(problem: string, options?: ErrorOptions): CodecError {
  return new CodecError('decode', `cannot read the message: ${problem}; the peer must send it as the protocol says`, {}, options)
}

/** A frame of zero bytes where the protocol has no such message. */
export function emptyFrame(): CodecError {
  return new CodecError('empty-frame', 'a frame of zero bytes is no message of this protocol; the peer must send its message in one frame')
}
