import { inspect } from 'node:util'
import { canonicalize, contentHash } from '@auki/canonical'
import { describe, expect, test } from 'vitest'
import { IdentityError, PeerIdentity, verify, Wallet } from './index.ts'

const seedOf = (byte: number) => new Uint8Array(32).fill(byte)
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'hex'))

function codeOf(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    if (error instanceof IdentityError) return error.code
    throw error
  }
  return 'no error'
}

describe('Wallet', () => {
  test('is the RFC 8032 key pair of its seed', () => {
    // RFC 8032, 7.1, tests 1 and 2.
    const first = Wallet.fromSeed(bytes('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60'))
    expect(hex(first.publicKey)).toBe('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a')
    expect(hex(first.sign(new Uint8Array()))).toBe(
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b'
    )
    const second = Wallet.fromSeed(bytes('4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb'))
    expect(hex(second.sign(Uint8Array.of(0x72)))).toBe(
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00'
    )
  })

  test('walletId is the hash of the public key', () => {
    const wallet = Wallet.fromSeed(seedOf(9))
    expect(wallet.walletId).toBe(contentHash(wallet.publicKey))
  })

  test('generate makes a new one every time', () => {
    const one = Wallet.generate()
    expect(one.seed()).toHaveLength(32)
    expect(Wallet.generate().walletId).not.toBe(one.walletId)
    expect(Wallet.fromSeed(one.seed()).walletId).toBe(one.walletId)
  })

  test('nobody can change it from outside', () => {
    for (const seed of [seedOf(5), Buffer.from(seedOf(5))]) {
      const wallet = Wallet.fromSeed(seed)
      const state = () => [wallet.walletId, hex(wallet.publicKey), hex(wallet.sign(seedOf(1)))]
      const before = state()
      seed.fill(0)
      wallet.seed().fill(0)
      wallet.publicKey.fill(0)
      wallet.certifyChild('x', 1n).parentPubkey.fill(0)
      expect(state()).toEqual(before)
      expect(wallet.seed()).toEqual(seedOf(5))
    }
  })

  test.each([0, 1, 31, 33, 64])('a seed of %i bytes is refused', (length) => {
    for (const make of [Wallet.fromSeed, PeerIdentity.fromSeed]) {
      expect(() => make(new Uint8Array(length))).toThrow(
        expect.objectContaining({
          code: 'invalid-seed-length',
          message: `seed must be 32 bytes, got ${length}`,
          details: { actual: length }
        })
      )
    }
  })

  test('children differ by label and do not lead back', () => {
    const wallet = Wallet.fromSeed(seedOf(3))
    const labels = ['', 'peer/v1', 'peer/v2', 'peer/v1/expand', 'é', 'x'.repeat(1000)]
    const ids = labels.map((label) => wallet.deriveChild(label).walletId)
    expect(new Set([wallet.walletId, ...ids]).size).toBe(labels.length + 1)
    expect(wallet.deriveChild('é').seed()).toEqual(Wallet.fromSeed(seedOf(3)).deriveChild('é').seed())
  })

  test.each(['\ud800', 'a\udfffb'])('no child is derived for half a character: %j', (label) => {
    expect(() => Wallet.fromSeed(new Uint8Array(32)).deriveChild(label)).toThrow(TypeError)
    expect(() => Wallet.fromSeed(new Uint8Array(32)).deriveChild(`${label}\ufffd`)).toThrow('lone surrogate')
  })

  test('signCanonicalJson signs every digit', () => {
    const wallet = Wallet.fromSeed(seedOf(3))
    const { bytes, signature } = wallet.signCanonicalJson({ b: 1733836800123456789n, a: 1 })
    expect(new TextDecoder().decode(bytes)).toBe('{"a":1,"b":1733836800123456789}')
    verify(wallet.publicKey, bytes, signature)
    const rounded = canonicalize({ a: 1, b: 1733836800123456800n })
    expect(codeOf(() => verify(wallet.publicKey, rounded, signature))).toBe('signature-mismatch')
  })
})

describe('verify', () => {
  const wallet = Wallet.fromSeed(seedOf(7))
  const message = new TextEncoder().encode('hello')
  const signature = wallet.sign(message)

  test('accepts what was signed, and nothing that differs in a bit', () => {
    verify(wallet.publicKey, message, signature)
    for (let bit = 0; bit < 512; bit += 37) {
      const forged = signature.slice()
      forged[bit >> 3]! ^= 1 << (bit & 7)
      expect(codeOf(() => verify(wallet.publicKey, message, forged))).toBe('signature-mismatch')
    }
    expect(codeOf(() => verify(wallet.publicKey, message.subarray(1), signature))).toBe('signature-mismatch')
    expect(codeOf(() => verify(Wallet.fromSeed(seedOf(8)).publicKey, message, signature))).toBe('signature-mismatch')
  })

  test.each([0, 1, 32, 63, 65, 128])('a signature of %i bytes does not verify', (length) => {
    expect(codeOf(() => verify(wallet.publicKey, message, new Uint8Array(length)))).toBe('signature-mismatch')
  })

  test('S + L, the same signature in another spelling, does not verify', () => {
    const order = 2n ** 252n + 27742317777372353535851937790883648493n
    const s = BigInt(`0x${hex(signature.slice(32).toReversed())}`) + order
    const malleated = Uint8Array.from([...signature.slice(0, 32), ...bytes(s.toString(16).padStart(64, '0')).toReversed()])
    expect(codeOf(() => verify(wallet.publicKey, message, malleated))).toBe('signature-mismatch')
  })

  test('what is no point of the curve is a bad key', () => {
    const noPoint = seedOf(0)
    noPoint[0] = 2
    for (const key of [noPoint, seedOf(255), new Uint8Array(), new Uint8Array(31), new Uint8Array(33)]) {
      expect(codeOf(() => verify(key, message, signature))).toBe('bad-public-key')
    }
    expect(() => verify(noPoint, message, signature)).toThrow('public key is not a valid ed25519 point')
  })

  test('a key of small order signs nothing', () => {
    const identity = seedOf(0)
    identity[0] = 1
    const forged = new Uint8Array(64)
    forged[0] = 1
    expect(codeOf(() => verify(identity, message, forged))).toBe('signature-mismatch')
  })
})

describe('the seed stays inside', () => {
  const seed = Uint8Array.from({ length: 32 }, (_, at) => 100 + at)
  const spellings = [hex(seed), '100, 101, 102', '100,101,102', Buffer.from(seed).toString('base64'), '64 65 66']

  test.each([
    ['Wallet', Wallet.fromSeed(seed)],
    ['PeerIdentity', PeerIdentity.fromSeed(seed)]
  ])('of a %s when printed', (name, secretive) => {
    const prints = [
      inspect(secretive),
      inspect({ deep: { secretive } }),
      inspect(secretive, { showHidden: true, customInspect: false, getters: true }),
      JSON.stringify({ secretive }),
      String(secretive),
      JSON.stringify(structuredClone(secretive)),
      JSON.stringify({ ...secretive }),
      inspect(Object.entries(Object.getOwnPropertyDescriptors(secretive)))
    ]
    for (const print of prints) for (const spelling of spellings) expect(print).not.toContain(spelling)
    expect(prints[0]).toMatch(new RegExp(`^${name}\\(\\w+\\)$`))
    expect(prints[3]).toMatch(/^{"secretive":{"(walletId|peerId)":"\w+"}}$/)
  })
})
