/**
 * # @auki/identity
 *
 * Who somebody is: keys and the texts that stand for them. It knows no network; a seed file is the one thing it keeps (`@auki/identity/node`).
 *
 * ```ts
 * const wallet = Wallet.fromSeed(await loadOrMintSeed('~/.auki/robot/identity.seed'))
 * const identity = PeerIdentity.fromWallet(wallet)
 * console.log(identity.peerId) // 12D3KooW…
 * ```
 *
 * Where to read on:
 *
 * 1. `wallet.ts`: a {@link Wallet} signs and derives child keys; `peer-identity.ts`: the child that is a peer, and its id.
 * 2. `certificate.ts`: a parent's signed statement that it made a child; `signature.ts`: ed25519 as everybody verifies it.
 * 3. `peer-id.ts`, `multiaddr.ts`: whether a text is a peer id or an address. These are the only checks; the Discovery service, its clients and the wire use them.
 * 4. `node.ts`: the seed file.
 *
 * Limits and durations are in `limits.ts`; everything thrown on purpose is an {@link IdentityError}.
 *
 * @packageDocumentation
 */
export { type CreationCert, decodeCreationCert, encodeCreationCert, verifyCreationCert } from './certificate.ts'
export { IdentityError } from './errors.ts'
export { multiaddrCharsMax } from './limits.ts'
export { canonicalMultiaddr, multiaddrFault } from './multiaddr.ts'
export { isPeerId, publicKeyOfPeerId } from './peer-id.ts'
export { PeerIdentity } from './peer-identity.ts'
export { verify } from './signature.ts'
export { Wallet } from './wallet.ts'
