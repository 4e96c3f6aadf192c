import { ed25519 } from '@noble/curves/ed25519.js'
import { peerIdOfPublicKey } from './peer-id.ts'
import { takeSeed } from './signature.ts'
import type { Wallet } from './wallet.ts'

/** Who a peer is on the network: an ed25519 secret and the peer id of its public key. Printing one never shows the secret. */
export class PeerIdentity {
  readonly #seed: Uint8Array
  /** Base58 text, `12D3KooW…`. */
  readonly peerId: string

  private constructor(seed: Uint8Array) {
    this.#seed = takeSeed(seed)
    this.peerId = peerIdOfPublicKey(ed25519.getPublicKey(this.#seed))
  }

  /** The identity of a wallet's peer: that of its child `peer/v1`, never the wallet's own key. */
  static fromWallet(wallet: Wallet): PeerIdentity {
    return new PeerIdentity(wallet.deriveChild('peer/v1').seed())
  }

  /** The identity of a 32-byte ed25519 secret, taken as it is. @throws IdentityError `invalid-seed-length`. */
  static fromSeed(seed: Uint8Array): PeerIdentity {
    return new PeerIdentity(seed)
  }

  /** The 32-byte ed25519 secret; a copy. Whoever has it is this peer. */
  seed(): Uint8Array {
    return this.#seed.slice()
  }

  toJSON(): { peerId: string } {
    return { peerId: this.peerId }
  }

  /** What Node's `console.log` shows. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `PeerIdentity(${this.peerId})`
  }
}
