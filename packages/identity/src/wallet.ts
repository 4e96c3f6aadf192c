import { canonicalize, contentHash, type Json, utf8Bytes } from '@auki/canonical'
import { ed25519 } from '@noble/curves/ed25519.js'
import { hexToBytes } from '@noble/curves/utils.js'
import { type CreationCert, signedBytes } from './certificate.ts'
import { requirePublicKey, seedBytes, takeSeed } from './signature.ts'

/** An ed25519 key pair that names its owner and makes child keys. Printing one never shows the seed. */
export class Wallet {
  readonly #seed: Uint8Array
  readonly #publicKey: Uint8Array
  /** Content hash of the public key: 32 lower-case hex digits. */
  readonly walletId: string

  private constructor(seed: Uint8Array) {
    this.#seed = takeSeed(seed)
    this.#publicKey = ed25519.getPublicKey(this.#seed)
    this.walletId = contentHash(this.#publicKey)
  }

  /** A new wallet from the operating system's random numbers. */
  static generate(): Wallet {
    return new Wallet(crypto.getRandomValues(new Uint8Array(seedBytes)))
  }

  /** The wallet of a 32-byte seed, the RFC 8032 secret. @throws IdentityError `invalid-seed-length`. */
  static fromSeed(seed: Uint8Array): Wallet {
    return new Wallet(seed)
  }

  /** 32 bytes; a copy. */
  get publicKey(): Uint8Array {
    return this.#publicKey.slice()
  }

  /** The 32-byte secret; a copy. Whoever has it is this wallet. */
  seed(): Uint8Array {
    return this.#seed.slice()
  }

  /** The wallet that this one derives for a label; the same label gives the same child. @throws TypeError for a label with a lone surrogate. */
  deriveChild(label: string): Wallet {
    const base = [...this.#seed, ...utf8Bytes(label)]
    const low = contentHash(Uint8Array.from(base))
    const high = contentHash(Uint8Array.from([...base, ...utf8Bytes('/expand')]))
    return new Wallet(hexToBytes(low + high))
  }

  /** A 64-byte ed25519 signature of a message. */
  sign(message: Uint8Array): Uint8Array {
    return ed25519.sign(message, this.#seed)
  }

  /** The RFC 8785 bytes of a value and the signature over them. @throws what `canonicalize` throws. */
  signCanonicalJson(value: Json): { bytes: Uint8Array; signature: Uint8Array } {
    const bytes = canonicalize(value)
    return { bytes, signature: this.sign(bytes) }
  }

  /**
   * State that this wallet made a child key, by default the one it derives for the label.
   *
   * @param createdAtNs - UTC, nanoseconds since 1970, i64.
   * @throws IdentityError `bad-public-key` when the given key is not a point of the curve; RangeError when the time is outside i64;
   * TypeError for a label with a lone surrogate.
   */
  certifyChild(label: string, createdAtNs: bigint, childPublicKey?: Uint8Array): CreationCert {
    const childPubkey = new Uint8Array(childPublicKey ?? this.deriveChild(label).#publicKey)
    requirePublicKey(childPubkey)
    const statement = { parentPubkey: this.publicKey, childPubkey, label, createdAtNs }
    return { ...statement, signature: this.sign(signedBytes(statement)) }
  }

  toJSON(): { walletId: string } {
    return { walletId: this.walletId }
  }

  /** What Node's `console.log` shows. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `Wallet(${this.walletId})`
  }
}
