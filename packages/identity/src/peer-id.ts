/**
 * Peer ids as text: the base58btc form, without multibase prefix, of a multihash.
 *
 * A short public key is inside the multihash itself ("identity"), so that an ed25519 peer id is as good as the key: `12D3KooW…`.
 * A long one, such as RSA, is only there as its SHA-256: `Qm…`.
 */
import { base58btc } from 'multiformats/bases/base58'
import { IdentityError } from './errors.ts'
import { peerIdCharsMax } from './limits.ts'

// identity multihash of 36 bytes: the protobuf { 1: Ed25519 (1), 2: the 32-byte key }
const ed25519Header = Uint8Array.of(0x00, 0x24, 0x08, 0x01, 0x12, 0x20)
const keyBytes = 32
const alphabet = /^[1-9A-HJ-NP-Za-km-z]+$/

/**
 * Base58 keeps the order of numbers, and the order of its letters is that of their codes: of texts of one length, those between the ids of the smallest
 * and of the largest key of a kind are the ids of that kind. So none has to be decoded, which takes a hundred times as long.
 */
const kinds: readonly { readonly lowest: string; readonly highest: string }[] = [
  kind([...ed25519Header], [...ed25519Header]),
  // identity multihash of 37 bytes: the protobuf { 1: Secp256k1 (2), 2: the 33-byte compressed key, which begins with 2 or 3 }
  kind([0x00, 0x25, 0x08, 0x02, 0x12, 0x21, 0x02], [0x00, 0x25, 0x08, 0x02, 0x12, 0x21, 0x03]),
  // SHA-256 multihash
  kind([0x12, 0x20], [0x12, 0x20])
]

function kind(lowestHeader: readonly number[], highestHeader: readonly number[]): { readonly lowest: string; readonly highest: string } {
  const text = (header: readonly number[], byte: number): string =>
    base58btc.baseEncode(Uint8Array.from([...header, ...new Uint8Array(keyBytes).fill(byte)]))
  return { lowest: text(lowestHeader, 0), highest: text(highestHeader, 0xff) }
}

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
  const bytes = isPeerId(peerId) ? base58btc.baseDecode(peerId) : new Uint8Array(0)
  if (bytes.length !== ed25519Header.length + keyBytes || !ed25519Header.every((byte, at) => bytes[at] === byte))
    throw new IdentityError('invalid-peer-id', `"${peerId}" is not the peer id of an ed25519 key`, { peerId })
  return bytes.slice(ed25519Header.length)
}

/** Is this the text of a libp2p peer id: an inlined ed25519 or secp256k1 key, or a SHA-256 hash of any key? */
export function isPeerId(text: string): boolean {
  if (typeof text !== 'string' || text.length > peerIdCharsMax || !alphabet.test(text)) return false
  return kinds.some(({ lowest, highest }) => text.length === lowest.length && text >= lowest && text <= highest)
}
