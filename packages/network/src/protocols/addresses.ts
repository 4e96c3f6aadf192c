import { cutText } from '@auki/canonical'
import { canonicalMultiaddr as canonical, IdentityError, isPeerId } from '@auki/identity'
import { CodecError, decodeError } from './errors.ts'

/**
 * The canonical text of a multiaddr.
 *
 * @throws CodecError 'invalid-multiaddr' with `value` (its first characters, where it is too long) and `error`.
 */
export function canonicalMultiaddr(value: string): string {
  try {
    return canonical(value)
  } catch (cause) {
    if (!(cause instanceof IdentityError)) throw cause
    throw new CodecError('invalid-multiaddr', cause.message, { ...cause.details }, { cause })
  }
}

/** A peer id in its one text form, base58btc. @throws CodecError 'decode' */
export function checkPeerId(text: string): string {
  if (!isPeerId(text)) throw decodeError(`"${cutText(text, 64)}" is not the base58 text of a peer id`)
  return text
}
