import { canonicalMultiaddr as canonical, IdentityError } from '@auki/identity'
import { CodecError } from './codec-errors.ts'

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
