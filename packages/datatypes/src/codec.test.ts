import { describe, expect, expectTypeOf, it } from 'vitest'
import { decodePayload, encodePayload, PayloadError, type PayloadInput, type PayloadKind, type PayloadOf, payloadKinds } from './index.ts'

const hex = (text: string) => Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
const toHex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

/** A full message of every kind. */
const examples: { [K in PayloadKind]: PayloadOf<K> } = {
  camera: {
    dynamicIntrinsics: { fx: 1234.5, fy: 1234.5, cx: 272, cy: 244, distortionCoefficients: [0.1, -0.2] },
    frame: hex('ffd8ff')
  },
  point_cloud: { data: hex('000102') },
  audio: { data: hex('0080ff7f') },
  joint_encoders: { anglesRad: [0.5, -1.25, 3] },
  detection: { data: hex('7b7d'), sensorHash: '8295922307fa2b426453486ba87a59ef', type: 'aruco' },
  pose: { translation: { x: 1, y: -2, z: 0.5 }, orientation: { x: 0, y: 0, z: 0.6, w: 0.8 } },
  time_transform: { offsetNs: -42_000_000n, uncertaintyNs: 100 },
  bytes: hex('00ff')
}

function decodeError(kind: PayloadKind, bytes: Uint8Array): PayloadError | undefined {
  try {
    decodePayload(kind, bytes)
    return undefined
  } catch (error) {
    if (error instanceof PayloadError) return error
    throw error
  }
}

describe('payloads', () => {
  it('come back as the plain objects they were', () => {
    for (const kind of payloadKinds) {
      expect(decodePayload(kind, encodePayload<PayloadKind>(kind, examples[kind]))).toStrictEqual(examples[kind])
    }
  })

  it('take fields with default values as left out, and write nothing for them', () => {
    for (const kind of payloadKinds) {
      if (kind !== 'bytes') expect(encodePayload(kind, {})).toHaveLength(0)
    }
    expect(encodePayload('camera', { frame: hex('01') })).toEqual(hex('120101'))
  })

  it('are read with zero translation and identity orientation where a pose has none', () => {
    const zero = { x: 0, y: 0, z: 0 }
    expect(decodePayload('pose', hex(''))).toStrictEqual({ translation: zero, orientation: { ...zero, w: 1 } })
    // A set but empty orientation is not a missing one: its w is 0.
    expect(decodePayload('pose', hex('0a001200'))).toStrictEqual({ translation: zero, orientation: { ...zero, w: 0 } })
  })

  it('leave out intrinsics that are not there', () => {
    expect(decodePayload('camera', hex(''))).toStrictEqual({ frame: hex('') })
  })

  it('keep 64-bit offsets exact, negatives in ten bytes', () => {
    for (const offsetNs of [2n ** 63n - 1n, -(2n ** 63n), -1n, 2n ** 53n + 1n]) {
      const bytes = encodePayload('time_transform', { offsetNs, uncertaintyNs: 2 ** 32 - 1 })
      expect(decodePayload('time_transform', bytes)).toStrictEqual({ offsetNs, uncertaintyNs: 2 ** 32 - 1 })
    }
    expect(toHex(encodePayload('time_transform', { offsetNs: -1n }))).toBe('08ffffffffffffffffff01')
  })

  it('pass encoded bytes through', () => {
    const encoded = hex('0a0100')
    expect(encodePayload('audio', encoded)).toBe(encoded)
    expect(decodePayload('bytes', encoded)).toBe(encoded)
  })

  it('read both packed and unpacked angles', () => {
    expect(decodePayload('joint_encoders', hex('0a080000803f00000040')).anglesRad).toEqual([1, 2])
    expect(decodePayload('joint_encoders', hex('0d0000803f0d00000040')).anglesRad).toEqual([1, 2])
  })
})

describe('what cannot be written', () => {
  const bad: { [K in PayloadKind]?: PayloadInput<K>[] } = {
    time_transform: [
      { offsetNs: 2n ** 63n },
      { offsetNs: -(2n ** 63n) - 1n },
      { uncertaintyNs: 2 ** 32 },
      { uncertaintyNs: -1 },
      { uncertaintyNs: 0.5 }
    ],
    joint_encoders: [{ anglesRad: [1e39] }],
    bytes: [{} as never]
  }
  it.each(Object.entries(bad))('is refused with a PayloadError: %s', (kind, payloads) => {
    for (const payload of payloads) {
      expect(() => encodePayload(kind as PayloadKind, payload)).toThrow(expect.objectContaining({ name: 'PayloadError', code: 'encode' }))
    }
  })
})

describe('hostile bytes', () => {
  it('never read as more than was sent: each message cut anywhere is an error or a shorter message', () => {
    for (const kind of payloadKinds) {
      const whole = encodePayload<PayloadKind>(kind, examples[kind])
      for (let length = 0; length < whole.length; length++) {
        if (decodeError(kind, whole.subarray(0, length)) === undefined)
          expect(decodePayload(kind, whole.subarray(0, length))).not.toEqual(examples[kind])
      }
    }
  })

  it.each([
    ['a field cut short', 'camera', '1205ff'],
    ['a nested message over the end', 'camera', '0a0909'],
    ['a nested field over the end of its message', 'camera', '0a0209000000000000000000'],
    ['a nested field over the end of its message, into what reads as a field', 'camera', '0a027a051203010203'],
    ['a number where bytes belong', 'camera', '1001'],
    ['bytes where a number belongs', 'time_transform', '0a0101'],
    ['a packed list that ends within a number', 'joint_encoders', '0a050000803f00'],
    ['a varint of eleven bytes', 'time_transform', '08ffffffffffffffffffff01'],
    ['text that is not UTF-8', 'detection', '1a02c328'],
    ['field number zero', 'audio', '0000'],
    ['an unknown field cut short', 'audio', '9a3f05'],
    ['a group without an end', 'audio', '9b3f'],
    ['groups nested without end', 'audio', '9b3f'.repeat(50_000)]
  ] as const)('%s is a decode error that says what it was', (_what, kind, bytes) => {
    const error = decodeError(kind, hex(bytes))
    expect(error?.code).toBe('decode')
    expect(error?.details).toEqual({ kind, bytes: bytes.length / 2 })
    expect(error?.message).toContain(`not a ${kind} payload`)
  })

  it('ignores fields it does not know', () => {
    expect(decodePayload('audio', hex('983f07' + '0a0201ff' + '9b3f08019c3f'))).toStrictEqual({ data: hex('01ff') })
  })

  it('throws only PayloadErrors for random bytes', () => {
    let seed = 1
    const random = () => {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
      return seed / 2 ** 32
    }
    let refused = 0
    for (let run = 0; run < 5_000; run++) {
      const kind = payloadKinds[run % payloadKinds.length]!
      const bytes = Uint8Array.from({ length: Math.floor(random() * 40) }, () => Math.floor(random() * (random() < 0.5 ? 32 : 256)))
      if (decodeError(kind, bytes) !== undefined) refused++
    }
    expect(refused).toBeGreaterThan(1_000)
  })
})

describe('types', () => {
  it('follow the kind', () => {
    expectTypeOf(decodePayload('bytes', hex(''))).toEqualTypeOf<Uint8Array>()
    expectTypeOf(decodePayload('pose', hex('')).orientation.w).toEqualTypeOf<number>()
    expectTypeOf(decodePayload('time_transform', hex('')).offsetNs).toEqualTypeOf<bigint>()
    // @ts-expect-error: a pose is no point cloud
    expect(() => encodePayload('point_cloud', { translation: { x: 0, y: 0, z: 0 } })).not.toThrow()
    expectTypeOf(payloadKinds[0]).toExtend<PayloadKind>()
  })
})
