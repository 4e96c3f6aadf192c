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
export class CodecError extends AukiError<CodecErrorCode> {}
