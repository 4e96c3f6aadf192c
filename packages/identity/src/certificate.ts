/**
 * Creation certificates: a parent key states that it made a child key, under which label and when. They neither expire nor grant anything.
 */
import { type Json, parseJson, stringifyJson, utf8Bytes } from '@auki/canonical'
import { IdentityError } from './errors.ts'
import { publicKeyBytes, signatureBytes, verify } from './signature.ts'

/** A parent's signed statement that it created a child key. */
export interface CreationCert {
  /** 32-byte ed25519 key of the signer. */
  readonly parentPubkey: Uint8Array
  /** 32-byte ed25519 key that was made. */
  readonly childPubkey: Uint8Array
  readonly label: string
  /** UTC, nanoseconds since 1970, i64. */
  readonly createdAtNs: bigint
  /** 64 bytes, by the parent. */
  readonly signature: Uint8Array
}

const domainTag = utf8Bytes('auki.creation-cert.v1\n')

/**
 * Check a certificate's signature.
 *
 * @throws IdentityError `bad-public-key` or `signature-mismatch`.
 */
export function verifyCreationCert(cert: CreationCert): void {
  if (cert.childPubkey.length !== publicKeyBytes) {
    throw new IdentityError('bad-public-key', `the child's public key must be ${publicKeyBytes} bytes, got ${cert.childPubkey.length}`)
  }
  if (!isI64(cert.createdAtNs)) throw new IdentityError('signature-mismatch', 'signature does not verify: created_at_ns is outside i64')
  if (!cert.label.isWellFormed()) throw new IdentityError('signature-mismatch', 'signature does not verify: the label has a lone surrogate')
  verify(cert.parentPubkey, signedBytes(cert), cert.signature)
}

/** The bytes a parent signs. @throws RangeError when `createdAtNs` is outside i64; TypeError for a label with a lone surrogate. */
export function signedBytes(cert: Omit<CreationCert, 'signature'>): Uint8Array {
  if (!isI64(cert.createdAtNs)) throw new RangeError(`createdAtNs ${cert.createdAtNs} is outside i64: give UTC nanoseconds since 1970`)
  const label = utf8Bytes(cert.label)
  const lengthAt = domainTag.length + 2 * publicKeyBytes
  const bytes = new Uint8Array(lengthAt + 4 + label.length + 8)
  const view = new DataView(bytes.buffer)
  bytes.set(domainTag, 0)
  bytes.set(cert.parentPubkey, domainTag.length)
  bytes.set(cert.childPubkey, domainTag.length + publicKeyBytes)
  view.setUint32(lengthAt, label.length, true)
  bytes.set(label, lengthAt + 4)
  view.setBigInt64(lengthAt + 4 + label.length, cert.createdAtNs, true)
  return bytes
}

/** JSON text of a certificate; keys and signature are arrays of numbers 0–255. */
export function encodeCreationCert(cert: CreationCert): string {
  return stringifyJson({
    parent_pubkey: [...cert.parentPubkey],
    child_pubkey: [...cert.childPubkey],
    label: cert.label,
    created_at_ns: cert.createdAtNs,
    signature: [...cert.signature]
  })
}

/**
 * Read the JSON text of a certificate; unknown keys are ignored. The signature is not checked: see {@link verifyCreationCert}.
 *
 * @throws IdentityError `invalid-certificate` when the text is not JSON or a field is missing, of another type or of another length.
 */
export function decodeCreationCert(text: string): CreationCert {
  const fields = parseObject(text)
  const { label, created_at_ns: createdAtNs } = fields
  if (typeof label !== 'string') throw invalid('label', 'must be a string')
  if (!label.isWellFormed()) throw invalid('label', 'must have no lone surrogate')
  if (typeof createdAtNs !== 'bigint' || !isI64(createdAtNs)) throw invalid('created_at_ns', 'must be an integer within i64')
  return {
    parentPubkey: bytesOf(fields, 'parent_pubkey', publicKeyBytes),
    childPubkey: bytesOf(fields, 'child_pubkey', publicKeyBytes),
    label,
    createdAtNs,
    signature: bytesOf(fields, 'signature', signatureBytes)
  }
}

function parseObject(text: string): Record<string, Json | undefined> {
  let json: Json
  try {
    json = parseJson(text, { integers: 'bigint' })
  } catch (cause) {
    throw new IdentityError('invalid-certificate', 'the certificate is not JSON', {}, { cause })
  }
  if (json === null || typeof json !== 'object' || Array.isArray(json)) {
    throw new IdentityError('invalid-certificate', 'the certificate is not a JSON object')
  }
  return json
}

function bytesOf(fields: Record<string, Json | undefined>, field: string, length: number): Uint8Array {
  const value = fields[field]
  const isByte = (item: Json) => typeof item === 'bigint' && item >= 0n && item <= 255n
  if (!Array.isArray(value) || value.length !== length || !value.every(isByte))
    throw invalid(field, `must be ${length} integers from 0 to 255`)
  return Uint8Array.from(value, Number)
}

function invalid(field: string, reason: string): IdentityError {
  return new IdentityError('invalid-certificate', `invalid certificate field "${field}": ${reason}`, { field })
}

function isI64(value: bigint): boolean {
  return BigInt.asIntN(64, value) === value
}
