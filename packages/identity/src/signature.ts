import { ed25519 } from '@noble/curves/ed25519.js'
import { IdentityError } from './errors.ts'

export const seedBytes = 32
export const publicKeyBytes = 32
export const signatureBytes = 64

/**
 * Ordinary ed25519 verification (RFC 8032) of a 64-byte signature under a 32-byte public key.
 *
 * @throws IdentityError `bad-public-key` when the key is not a point of the curve, `signature-mismatch` when the signature does not verify.
 */
export function verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): void {
  requirePublicKey(publicKey)
  const verified = signature.length === signatureBytes && ed25519.verify(signature, message, publicKey, { zip215: false })
  if (!verified) throw new IdentityError('signature-mismatch', 'signature does not verify')
}

export function requirePublicKey(publicKey: Uint8Array): void {
  if (!ed25519.utils.isValidPublicKey(publicKey, false)) {
    throw new IdentityError('bad-public-key', 'public key is not a valid ed25519 point')
  }
}

/** A copy of the seed that nobody else can change. */
export function takeSeed(seed: Uint8Array): Uint8Array {
  if (seed.length !== seedBytes) {
    throw new IdentityError('invalid-seed-length', `seed must be ${seedBytes} bytes, got ${seed.length}`, { actual: seed.length })
  }
  return new Uint8Array(seed) // not `slice`, which in a Buffer shares the memory
}
