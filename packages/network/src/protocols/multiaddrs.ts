import { cutText, messageOf } from '@auki/canonical'
import { isPeerId } from '@auki/identity'
import { multiaddr } from '@multiformats/multiaddr'
import { CodecError, decodeError } from './codec-errors.ts'
import { multiaddrCharsMax } from './limits.ts'

/**
 * The canonical text of a multiaddr.
 *
 * @throws CodecError 'invalid-multiaddr' with `value` (its first characters, where it is too long) and `error`.
 */
export function canonicalMultiaddr(value: string): string {
  try {
    return parsed(value)
  } catch (cause) {
    const details = { value: cutText(value, multiaddrCharsMax), error: messageOf(cause) }
    const message = `"${details.value}" is not a multiaddr: ${details.error}; write it like /ip4/192.0.2.1/tcp/4001`
    throw new CodecError('invalid-multiaddr', message, details, { cause })
  }
}

function parsed(value: string): string {
  // Checked first: some components are numbers in base 58, and reading those takes time in the square of their length.
  if (value.length > multiaddrCharsMax) throw new Error(`it is longer than ${multiaddrCharsMax} characters`)
  // Text is parsed lazily: only its bytes prove that every component has a valid value.
  const address = multiaddr(multiaddr(value).bytes)
  const components = address.getComponents()
  if (components.length === 0) throw new Error('it has no component')
  const stranger = components.find(({ name, value: peerId = '' }) => name === 'p2p' && !isPeerId(peerId))
  if (stranger !== undefined) throw new Error(`${stranger.value} is no peer id`)
  return address.toString()
}

/** A peer id in its one text form, base58btc. @throws CodecError 'decode' */
export function checkPeerId(text: string): string {
  if (!isPeerId(text)) throw decodeError(`"${cutText(text, 64)}" is not the base58 text of a peer id`)
  return text
}
