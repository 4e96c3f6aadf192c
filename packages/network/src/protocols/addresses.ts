import { peerIdFromString } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import { CodecError, decodeError, reasonOf } from './errors.ts'

/**
 * The canonical text of a multiaddr.
 *
 * @throws CodecError 'invalid-multiaddr' with `value` and `error`.
 */
export function canonicalMultiaddr(value: string): string {
  try {
    // Text is parsed lazily: only its bytes prove that every component has a valid value.
    const address = multiaddr(multiaddr(value).bytes)
    const components = address.getComponents()
    if (components.length === 0) throw new Error('it has no component')
    for (const { name, value: peerId } of components) if (name === 'p2p') peerIdFromString(peerId ?? '')
    return address.toString()
  } catch (cause) {
    const error = reasonOf(cause)
    throw new CodecError(
      'invalid-multiaddr',
      `"${value}" is not a multiaddr: ${error}; write it like /ip4/192.0.2.1/tcp/4001`,
      { value, error },
      { cause }
    )
  }
}

/** A peer id in its one text form, base58btc. @throws CodecError 'decode' */
export function checkPeerId(text: string): string {
  try {
    if (peerIdFromString(text).toString() === text) return text
  } catch (cause) {
    throw decodeError(`"${text}" is not a peer id`, cause)
  }
  throw decodeError(`"${text}" is not the base58 text of a peer id`)
}
