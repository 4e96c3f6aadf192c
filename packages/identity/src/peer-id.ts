/**
 * Peer ids as text: the base58btc form, without multibase prefix, of a multihash.
 *
 * A short public key is inside the multihash itself ("identity"), so that an ed25519 peer id is as good as the key: `12D3KooW…`.
 * A long one, such as RSA, is only there as its SHA-256: `Qm…`.
 */
import { base58btc } from 'multiformats/bases/base58'
import { IdentityError } from './errors.ts'

// identity multihash of 36 bytes: the protobuf { 1: Ed25519 (1), 2: the 32-byte key }
const ed25519Header = Uint8Array.of(0x00, 0x24, 0x08, 0x01, 0x12, 0x20)
// identity multihash of 37 bytes: the protobuf { 1: Secp256k1 (2), 2: the 33-byte compressed key }
const secp256k1Header = Uint8Array.of(0x00, 0x25, 0x08, 0x02, 0x12, 0x21)
const sha256Header = Uint8Array.of(0x12, 0x20)

/** Longer than any legal peer id (53 characters), and short enough that decoding base58 costs nothing. */
const textMax = 64

/** The peer id of a 32-byte ed25519 public key. */
export function peerIdOfPublicKey(publicKey: Uint8Array): string {
  return base58btc.baseEncode(Uint8Array.from([...ed25519Header, ...publicKey]))
}

/**
 * The 32-byte ed25519 public key inside a peer id. That it is a point of the curve is not checked; `verify` does.
 *
 * @throws IdentityError `invalid-peer-id` when the text is no peer id, or one of another kind of key.
 */
export function publicKeyOfPeerId(peerId: string): Uint8Array {
  const key = payload(decode(peerId), ed25519Header, 32)
  if (key === undefined) throw new IdentityError('invalid-peer-id', `"${peerId}" is not the peer id of an ed25519 key`, { peerId })
  return key
}

/** Is this the text of a libp2p peer id: an inlined ed25519 or secp256k1 key, or a SHA-256 hash of any key? */
export function isPeerId(text: string): boolean {
  const bytes = decode(text)
  if (payload(bytes, ed25519Header, 32) !== undefined || payload(bytes, sha256Header, 32) !== undefined) return true
  const compressed = payload(bytes, secp256k1Header, 33)
  return compressed !== undefined && (compressed[0] === 2 || compressed[0] === 3)
}

/** The bytes of a base58 text; none when it is not base58. */
function decode(text: string): Uint8Array {
  if (typeof text !== 'string' || text.length > textMax) return new Uint8Array()
  try {
    const bytes = base58btc.baseDecode(text)
    return base58btc.baseEncode(bytes) === text ? bytes : new Uint8Array() // the decoder takes letters beyond Latin-1 for something
  } catch {
    return new Uint8Array()
  }
}

/** What follows the header, if the header is there and exactly that many bytes follow. */
function payload(bytes: Uint8Array, header: Uint8Array, length: number): Uint8Array | undefined {
  if (bytes.length !== header.length + length || !header.every((byte, at) => bytes[at] === byte)) return undefined
  return bytes.slice(header.length)
}
