import { canonicalize, contentHash, parseJson } from '@auki/canonical'
import { isPeerId, PeerIdentity, publicKeyOfPeerId, verify, Wallet } from '@auki/identity'
import { expectFields, expectSame, textOf } from './expect-fields.ts'
import type { VectorCheck } from './runner.ts'
import { bytesOf, hexOf } from './wire-fields.ts'

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Canonical JSON, hash, wallet, peer id and signatures. */
export const checks: Readonly<Record<string, VectorCheck>> = {
  canonical_json: ({ input, expected }) => {
    for (const integers of ['auto', 'bigint'] as const) {
      const canonical = (text: string) => utf8.decode(canonicalize(parseJson(text, { integers })))
      expectFields(expected, () => ({ canonical: canonical(textOf(input, 'json_text')) }))
      expectSame(canonical(textOf(expected, 'canonical')), textOf(expected, 'canonical'), 'canonical form of the canonical text')
    }
  },

  hash: ({ input, expected }) => expectFields(expected, () => ({ hash: contentHash(bytesOf(input['bytes'])) })),

  wallet: ({ input, expected }) => expectFields(expected, () => ({ public_key: Wallet.fromSeed(bytesOf(input['wallet_seed'])).publicKey })),

  derive_child: ({ input, expected }) => {
    const child = Wallet.fromSeed(bytesOf(input['wallet_seed'])).deriveChild(textOf(input, 'label'))
    expectFields(expected, () => ({ child_seed: child.seed(), child_public_key: child.publicKey }))
  },

  peer_id: ({ input, expected, wrong = {} }) => {
    const wallet = Wallet.fromSeed(bytesOf(input['wallet_seed']))
    const { peerId } = PeerIdentity.fromWallet(wallet)
    expectFields(expected, () => ({ peer_id: peerId }))
    expectSame(isPeerId(peerId), true, 'isPeerId')
    expectSame(publicKeyOfPeerId(peerId), hexOf(wallet.deriveChild('peer/v1').publicKey), 'key in the peer id')
    for (const peerIdOfWalletKey of Object.values(wrong)) {
      expectSame(PeerIdentity.fromSeed(wallet.seed()).peerId, peerIdOfWalletKey, 'peer id of the underived key')
      if (peerIdOfWalletKey === peerId) throw new Error('the peer id is that of the underived key')
    }
  },

  sign_canonical_json: ({ input, expected }) => {
    const wallet = Wallet.fromSeed(bytesOf(input['wallet_seed']))
    const { bytes, signature } = wallet.signCanonicalJson(parseJson(textOf(input, 'json_text'), { integers: 'bigint' }))
    expectFields(expected, () => ({ canonical: utf8.decode(bytes), signature }))
    verify(wallet.publicKey, new TextEncoder().encode(textOf(expected, 'canonical')), bytesOf(expected['signature']))
  }
}
