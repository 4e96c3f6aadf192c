import { describe, expect, test } from 'vitest'
import { IdentityError, isPeerId, PeerIdentity, publicKeyOfPeerId, Wallet } from './index.ts'

const seedOf = (byte: number) => new Uint8Array(32).fill(byte)
const alphabet = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'

/** Base58 by the book, so that the tests don't ask the code under test. */
function base58(hex: string): string {
  let text = ''
  for (let value = BigInt(`0x${hex}`); value > 0n; value /= 58n) text = alphabet[Number(value % 58n)] + text
  const zeros = /^(00)*/.exec(hex)![0].length / 2
  return '1'.repeat(zeros) + text
}

describe('PeerIdentity', () => {
  test.each([
    [1, '12D3KooWK99VoVxNE7XzyBwXEzW7xhK7Gpv85r9F3V3fyKSUKPH5'],
    [2, '12D3KooWJWoaqZhDaoEFshF7Rh1bpY9ohihFhzcW6d69Lr2NASuq'],
    [3, '12D3KooWRndVhVZPCiQwHBBBdg769GyrPUW13zxwqQyf9r3ANaba'],
    [7, '12D3KooWRawPbxPtP1eZaJpumGnyWX2DcUyd3RQnydr3eAto4Az7']
  ])('fromSeed takes %i × 32 as the secret itself', (byte, peerId) => {
    const identity = PeerIdentity.fromSeed(seedOf(byte))
    expect(identity.peerId).toBe(peerId)
    expect(identity.seed()).toEqual(seedOf(byte))
  })

  test('fromWallet derives peer/v1 and never uses the key of the wallet', () => {
    const wallet = Wallet.fromSeed(seedOf(3))
    const identity = PeerIdentity.fromWallet(wallet)
    expect(identity.peerId).toBe('12D3KooWAvnEo4RaYZtqt2w83qzmQ7WVW2HhN2cay95EXAiVKcar')
    expect(identity.peerId).toBe(PeerIdentity.fromSeed(wallet.deriveChild('peer/v1').seed()).peerId)
    expect(identity.peerId).not.toBe(PeerIdentity.fromSeed(wallet.seed()).peerId)
  })

  test('nobody can change it from outside', () => {
    const seed = Buffer.from(seedOf(4))
    const identity = PeerIdentity.fromSeed(seed)
    seed.fill(0)
    identity.seed().fill(0)
    expect(identity.seed()).toEqual(seedOf(4))
  })
})

const key = '11'.repeat(32)
const ed25519 = base58(`002408011220${key}`)
const refused: [string, string][] = [
  ['nothing', ''],
  ['a space', ' '],
  ['a name', 'robot'],
  ['a space before', ` ${ed25519}`],
  ['a space behind', `${ed25519} `],
  ['a newline behind', `${ed25519}\n`],
  ['a multibase prefix', `z${ed25519}`],
  ['a letter too few', ed25519.slice(0, -1)],
  ['a letter too many', `${ed25519}1`],
  ['a leading 1 too many', `1${ed25519}`],
  ['a letter outside base58', ed25519.replace(/.$/, 'l')],
  ['a letter outside Latin-1', ed25519.replace(/.$/, 'Ł')],
  ['a key of 31 bytes', base58(`002308011220${key.slice(2)}`)],
  ['a key of 33 bytes', base58(`002508011220${key}00`)],
  ['a length that lies', base58(`002508011220${key}`)],
  ['an inner length that lies', base58(`002408011221${key}`)],
  ['an unknown kind of key', base58(`002408041220${key}`)],
  ['a secp256k1 key that is not compressed', base58(`0025080212210411${key.slice(2)}`)],
  ['a SHA-256 hash cut short', base58(`1220${key.slice(2)}`)],
  ['another hash', base58(`1320${key}`)],
  ['a CID', 'bafzaajaiaejcaeirceireirceirceirceirceirceirceirceirceirceirceirc'],
  ['a megabyte', '1'.repeat(1_000_000)]
]

describe('isPeerId', () => {
  test.each([
    ['an ed25519 key', ed25519],
    ['a secp256k1 key', base58(`00250802122102${key}`)],
    ['the other secp256k1 half', base58(`00250802122103${key}`)],
    ['a SHA-256 hash', base58(`1220${key}`)],
    ['a peer id of the public network', 'QmNnooDu7bfjPFoTZYxMNLWUQJyrVwtbZg5gBMjTezGAJN']
  ])('accepts %s', (_name, text) => {
    expect(isPeerId(text)).toBe(true)
  })

  test.each(refused)('refuses %s', (_name, text) => {
    expect(isPeerId(text)).toBe(false)
  })

  test('takes the first and the last of each kind, and not what stands before or behind', () => {
    const next = (hex: string, step: bigint): string => (BigInt(`0x${hex}`) + step).toString(16).padStart(hex.length, '0')
    for (const [first, last] of [
      [`002408011220${'00'.repeat(32)}`, `002408011220${'ff'.repeat(32)}`],
      [`00250802122102${'00'.repeat(32)}`, `00250802122103${'ff'.repeat(32)}`],
      [`1220${'00'.repeat(32)}`, `1220${'ff'.repeat(32)}`]
    ] as const) {
      expect([first, next(first, 1n), next(last, -1n), last].map(base58).map(isPeerId)).toEqual([true, true, true, true])
      expect([next(first, -1n), next(last, 1n)].map(base58).map(isPeerId)).toEqual([false, false])
    }
  })

  test('refuses what is no text', () => {
    for (const value of [undefined, null, 12, {}, [ed25519]]) expect(isPeerId(value as unknown as string)).toBe(false)
  })
})

describe('publicKeyOfPeerId', () => {
  test('gives back the key of an identity', () => {
    const wallet = Wallet.fromSeed(seedOf(6))
    expect(publicKeyOfPeerId(PeerIdentity.fromSeed(wallet.seed()).peerId)).toEqual(wallet.publicKey)
  })

  test.each([...refused, ['a secp256k1 key', base58(`00250802122102${key}`)], ['a hash', base58(`1220${key}`)]])(
    'refuses %s',
    (_name, text) => {
      expect(() => publicKeyOfPeerId(text)).toThrow(IdentityError)
      expect(() => publicKeyOfPeerId(text)).toThrow(expect.objectContaining({ code: 'invalid-peer-id', details: { peerId: text } }))
    }
  )
})
