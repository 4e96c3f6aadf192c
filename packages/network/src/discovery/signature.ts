/**
 * HTTP Message Signatures (RFC 9421) over a Content-Digest (RFC 9530): who writes a row proves to be who it says.
 *
 * The `nonce` is our time in ns and grows with every write, so that a captured one can't be sent again.
 */
import { type PeerIdentity, Wallet } from '@auki/identity'
import { sha256 } from '@noble/hashes/sha2.js'

const utf8 = new TextEncoder()

/** What is about to be sent. */
export interface OutgoingRequest {
  readonly method: string
  readonly url: URL
  readonly body: string
  readonly ifMatch: string | undefined
}

export class RequestSigner {
  readonly #peerId: string
  readonly #key: Wallet
  #lastNonce = 0n

  constructor(identity: PeerIdentity) {
    this.#peerId = identity.peerId
    this.#key = Wallet.fromSeed(identity.seed())
  }

  /** The headers that prove it. `unixMs`: the wall clock. */
  sign(request: OutgoingRequest, unixMs: number): Record<string, string> {
    const digest = `sha-256=:${base64(sha256(utf8.encode(request.body)))}:`
    const covered: [string, string][] = [
      ['@method', request.method],
      ['@authority', request.url.host],
      ['@path', request.url.pathname],
      ['content-digest', digest],
      ...(request.ifMatch === undefined ? [] : [['if-match', request.ifMatch] as [string, string]])
    ]
    const names = covered.map(([name]) => `"${name}"`).join(' ')
    const created = Math.floor(unixMs / 1_000)
    const params = `(${names});created=${created};nonce="${this.#nonce(unixMs)}";alg="ed25519";keyid="${this.#peerId}"`
    const base = [...covered, ['@signature-params', params]].map(([name, value]) => `"${name}": ${value}`).join('\n')
    return {
      'Content-Digest': digest,
      'Signature-Input': `auki=${params}`,
      Signature: `auki=:${base64(this.#key.sign(utf8.encode(base)))}:`
    }
  }

  #nonce(unixMs: number): bigint {
    const now = BigInt(Math.floor(unixMs)) * 1_000_000n
    this.#lastNonce = now > this.#lastNonce ? now : this.#lastNonce + 1n
    return this.#lastNonce
  }
}

function base64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
}
