import { type Json, parseJson, stringifyJson } from '@auki/canonical'
import { describe, expect, test } from 'vitest'
import { type CreationCert, decodeCreationCert, encodeCreationCert, IdentityError, verify, verifyCreationCert, Wallet } from './index.ts'

const wallet = Wallet.fromSeed(new Uint8Array(32).fill(3))
const createdAtNs = 1733836800123456789n
const cert = wallet.certifyChild('peer/v1', createdAtNs)

function errorOf(run: () => unknown): IdentityError {
  try {
    run()
  } catch (error) {
    if (error instanceof IdentityError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

describe('certifyChild', () => {
  test('the parent signs tag, keys, label and time', () => {
    const label = Buffer.from('é/1')
    const statement = Buffer.concat([
      Buffer.from('auki.creation-cert.v1\n'),
      wallet.publicKey,
      wallet.deriveChild('é/1').publicKey,
      Buffer.from('04000000', 'hex'),
      label,
      Buffer.from('15cddb2962d30f18', 'hex') // 1733836800123456789 as i64, little end first
    ])
    expect(statement.readBigInt64LE(statement.length - 8)).toBe(createdAtNs)
    verify(wallet.publicKey, statement, wallet.certifyChild('é/1', createdAtNs).signature)
  })

  test('names the derived child unless another is given', () => {
    expect(cert).toMatchObject({
      parentPubkey: wallet.publicKey,
      childPubkey: wallet.deriveChild('peer/v1').publicKey,
      label: 'peer/v1',
      createdAtNs
    })
    const other = Wallet.generate().publicKey
    const adopted = wallet.certifyChild('peer/v1', createdAtNs, other)
    expect(adopted.childPubkey).toEqual(other)
    verifyCreationCert(adopted)
  })

  test('the edges of i64 are signed, beyond them nothing is', () => {
    for (const at of [-(2n ** 63n), -1n, 0n, 2n ** 63n - 1n]) verifyCreationCert(wallet.certifyChild('', at))
    for (const at of [-(2n ** 63n) - 1n, 2n ** 63n]) expect(() => wallet.certifyChild('', at)).toThrow(RangeError)
  })

  test('half a character in a label is neither signed nor verified', () => {
    expect(() => wallet.certifyChild('a\ud800', createdAtNs)).toThrow(TypeError)
    expect(() => wallet.certifyChild('a\ud800', createdAtNs, cert.childPubkey)).toThrow(TypeError)
    const signed = wallet.certifyChild('a\ufffd', createdAtNs, cert.childPubkey) // in UTF-8 the two would be the same
    expect(errorOf(() => verifyCreationCert({ ...signed, label: 'a\ud800' })).code).toBe('signature-mismatch')
  })

  test('a child that is no key is refused', () => {
    for (const length of [0, 31, 33])
      expect(errorOf(() => wallet.certifyChild('x', 0n, new Uint8Array(length))).code).toBe('bad-public-key')
  })
})

describe('verifyCreationCert', () => {
  const changes: [string, Partial<CreationCert>, string][] = [
    ['another label', { label: 'peer/v2' }, 'signature-mismatch'],
    ['another time', { createdAtNs: createdAtNs + 1n }, 'signature-mismatch'],
    ['a time that wraps to the signed one', { createdAtNs: createdAtNs + 2n ** 64n }, 'signature-mismatch'],
    ['another child', { childPubkey: wallet.publicKey }, 'signature-mismatch'],
    ['another parent', { parentPubkey: Wallet.generate().publicKey }, 'signature-mismatch'],
    ['a signature cut short', { signature: cert.signature.slice(1) }, 'signature-mismatch'],
    ['a parent that is no key', { parentPubkey: new Uint8Array(32).fill(255) }, 'bad-public-key'],
    ['a parent cut short', { parentPubkey: cert.parentPubkey.slice(1) }, 'bad-public-key'],
    ['a child cut short', { childPubkey: cert.childPubkey.slice(1) }, 'bad-public-key'],
    ['a child too long', { childPubkey: Uint8Array.from([...cert.childPubkey, 0]) }, 'bad-public-key']
  ]

  test('accepts what was certified', () => {
    verifyCreationCert(cert)
  })

  test.each(changes)('refuses %s', (_name, change, code) => {
    expect(errorOf(() => verifyCreationCert({ ...cert, ...change })).code).toBe(code)
  })
})

describe('the JSON form', () => {
  const fields = parseJson(encodeCreationCert(cert)) as Record<string, Json>

  test('has arrays of numbers and an exact time', () => {
    expect(Object.keys(fields)).toEqual(['parent_pubkey', 'child_pubkey', 'label', 'created_at_ns', 'signature'])
    expect(fields).toEqual({
      parent_pubkey: [...cert.parentPubkey],
      child_pubkey: [...cert.childPubkey],
      label: 'peer/v1',
      created_at_ns: createdAtNs,
      signature: [...cert.signature]
    })
  })

  test('comes back as it was; unknown keys are ignored', () => {
    expect(decodeCreationCert(encodeCreationCert(cert))).toEqual(cert)
    expect(decodeCreationCert(stringifyJson({ ...fields, scope: 'all', created_at_ns: -(2n ** 63n) }))).toEqual({
      ...cert,
      createdAtNs: -(2n ** 63n)
    })
    verifyCreationCert(decodeCreationCert(encodeCreationCert(cert)))
  })

  const key = [...cert.childPubkey]
  test.each<[string, Json | undefined, string?]>([
    ['parent_pubkey', undefined],
    ['parent_pubkey', null],
    ['parent_pubkey', 'ed4928c6'],
    ['parent_pubkey', []],
    ['parent_pubkey', key.slice(1)],
    ['parent_pubkey', [...key, 0]],
    ['child_pubkey', { ...key, length: 32 }],
    ['child_pubkey', [...key.slice(1), 256]],
    ['child_pubkey', [...key.slice(1), -1]],
    ['child_pubkey', [...key.slice(1), 0.5]],
    ['child_pubkey', [...key.slice(1), '7']],
    ['child_pubkey', [...key.slice(1), null]],
    ['signature', key],
    ['label', undefined],
    ['label', 7],
    ['label', 'a\ud800'],
    ['created_at_ns', undefined],
    ['created_at_ns', '1733836800123456789'],
    ['created_at_ns', 0.5],
    ['created_at_ns', 2n ** 63n],
    ['created_at_ns', 2 ** 70]
  ])('refuses a wrong %s (%#)', (field, value) => {
    const error = errorOf(() => decodeCreationCert(stringifyJson({ ...fields, [field]: value } as Json)))
    expect(error).toMatchObject({ code: 'invalid-certificate', details: { field } })
    expect(error.message).toContain(`"${field}"`)
  })

  test('1.0 and 1e18 are no integers', () => {
    const text = encodeCreationCert(cert)
    for (const time of ['1733836800123456789.0', '1e18']) {
      expect(errorOf(() => decodeCreationCert(text.replace('1733836800123456789', time))).details).toEqual({ field: 'created_at_ns' })
    }
    expect(errorOf(() => decodeCreationCert(text.replace(`[${key[0]},`, `[${key[0]}.0,`))).code).toBe('invalid-certificate')
  })

  test.each(['', 'null', '7', '"x"', '[]', '{}', '{"label":', '['.repeat(100_000), encodeCreationCert(cert).slice(0, -1)])(
    'refuses %.20s',
    (text) => {
      expect(errorOf(() => decodeCreationCert(text)).code).toBe('invalid-certificate')
    }
  )
})
