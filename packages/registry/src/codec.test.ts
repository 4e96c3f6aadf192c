import { contentHash } from '@auki/canonical'
import { describe, expect, expectTypeOf, test } from 'vitest'
import type * as z from 'zod'
import { decodeEntry, encodeEntry } from './codec.ts'
import type { Entry, RegistryEntries, SensorBody, SensorRegistryEntry } from './entries.ts'
import { rosBody } from './frames.ts'
import type { RegistryKind } from './refs.ts'
import type { entrySchemas } from './schemas.ts'
import { verifyEntry } from './verify.ts'
import type { Camelized } from './wire.ts'

const frame = { peerId: 'p', id: 'f', hash: '0'.repeat(32) }
const audio: SensorRegistryEntry = {
  ...{ peerId: 'p', sensorId: 'mic', kind: 'audio', type: 'pcm', frame },
  ...{ sampleRateHz: 48_000, channels: 4, sampleFormat: 'pcm_s16le', channelLayout: 'n_channel' }
}
const audioText = encodeEntry('sensor', audio)
const clockText =
  '{"clock_id":"c","epoch":null,"monotonic":true,"peer_id":"p","scope":"global","session_id":"s","type":"monotonic_clock","unit":"ns"}'
const frameText = encodeEntry('frame', { peerId: 'p', frameId: 'f', ...rosBody })

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)
const json = { code: 'json' }

describe('decoding', () => {
  test('gives back what was encoded, and the text', () => {
    expect(decodeEntry('sensor', audioText)).toEqual({ ...audio, canonicalJson: audioText })
  })

  test('takes a missing epoch for null, but always writes it', () => {
    const { epoch, canonicalJson: _, ...rest } = decodeEntry('clock', clockText.replace('"epoch":null,', ''))
    expect(epoch).toBeNull()
    expect(encodeEntry('clock', { ...rest, epoch })).toBe(clockText)
  })

  test.each([
    ['a missing field', audioText.replace('"channels":4,', '')],
    ['null for a field', audioText.replace('"channels":4', '"channels":null')],
    ['1.0', audioText.replace('"channels":4', '"channels":4.0')],
    ['an exponent', audioText.replace('"channels":4', '"channels":4e0')],
    ['a string for a number', audioText.replace('"channels":4', '"channels":"4"')],
    ['more than u32', audioText.replace('"channels":4', '"channels":4294967296')],
    ['more than u64', audioText.replace('"channels":4', '"channels":18446744073709551616')],
    ['less than 0', audioText.replace('"channels":4', '"channels":-1')],
    ['an unknown kind', audioText.replace('"audio"', '"microphone"')],
    ['a kind that is a member of objects', audioText.replace('"audio"', '"toString"')],
    ['another kind', audioText.replace('"audio"', '"camera"')],
    ['a reference that is a string', audioText.replace(/"frame":\{.*?\}/, '"frame":"f"')],
    ['camelCase', audioText.replace('sample_rate_hz', 'sampleRateHz')],
    ['truncated text', audioText.slice(0, -1)],
    ['a second value', `${audioText}{}`],
    ['a byte order mark', `\uFEFF${audioText}`],
    ['an array', '[]'],
    ['null', 'null'],
    ['nothing', ''],
    ['deep nesting', '['.repeat(100_000)]
  ])('refuses %s', (_, text) => {
    expect(() => decodeEntry('sensor', text)).toThrow(expect.objectContaining(json))
  })

  test('says where', () => {
    expect(() => decodeEntry('sensor', audioText.replace('"id":"f"', '"id":7'))).toThrow(/^json: not a sensor entry: frame\.id: /)
  })

  test('takes the whole range of u32', () => {
    const { channels } = decodeEntry('sensor', audioText.replace('"channels":4', '"channels":4294967295')) as Entry<'sensor'> & {
      kind: 'audio'
    }
    expect(channels).toBe(4_294_967_295)
  })

  test.each(['\\ud800', '\\uDFFF', 'x\\udc00\\ud800', '\ud83d'])(
    'refuses the lone surrogate in %j, also in fields it does not know',
    (half) => {
      for (const changed of [
        frameText.replace('"f"', `"${half}"`),
        frameText.replace('{', `{"extra":["${half}"],`),
        frameText.replace('{', `{"${half}":1,`)
      ]) {
        expect(changed).not.toBe(frameText)
        expect(() => decodeEntry('frame', changed)).toThrow(
          expect.objectContaining({ code: 'json', message: expect.stringContaining('lone surrogate') })
        )
      }
      expect(decodeEntry('frame', frameText.replace('{', '{"extra":"\\ud83d\\ude00 \\\\ud800",'))).toMatchObject({ frameId: 'f' })
    }
  )

  test('is not fooled by __proto__', () => {
    const entry = decodeEntry('frame', frameText.replace('{"axes"', '{"__proto__":{"peer_id":"evil"},"axes"'))
    expect(Object.getPrototypeOf(entry)).toBe(Object.prototype)
    expect(entry.peerId).toBe('p')
  })
})

describe('encoding', () => {
  test.each([
    ['a float', { ...audio, channels: 1.5 }],
    ['NaN', { ...audio, channels: Number.NaN }],
    ['a bigint', { ...audio, channels: 4n }],
    ['more than u32', { ...audio, channels: 2 ** 32 }],
    ['a missing field', { ...audio, channels: undefined }],
    ['an unknown kind', { ...audio, kind: 'microphone' }],
    ['half a surrogate pair', { ...audio, sensorId: '\uD800' }]
  ])('refuses %s', (_, entry) => {
    expect(() => encodeEntry('sensor', entry as never)).toThrow(expect.objectContaining(json))
  })

  test('drops what it does not know from an entry of ours', () => {
    expect(encodeEntry('sensor', { ...audio, extra: 1 } as never)).toBe(audioText)
  })

  test('keeps unknown fields of a foreign entry for as long as it is unchanged', () => {
    const foreign = frameText.replace('}', ',"x_first":{"seen_at":1}}').replace('"units"', '"x_vendor":1.0,"units"')
    const read = decodeEntry('frame', foreign)
    expect(encodeEntry('frame', read)).toBe(foreign)
    expect(encodeEntry('frame', { ...read, units: 'centimeters' })).toBe(frameText.replace('meters', 'centimeters'))
  })
})

describe('verifying', () => {
  const ref = { peerId: 'p', id: 'f', hash: contentHash(utf8(frameText)) }
  const verify = (change: object, bytes = utf8(frameText)) => verifyEntry('frame', { ...ref, ...change }, bytes)

  test('gives the entry that was asked for', () => {
    expect(verify({})).toEqual({ peerId: 'p', frameId: 'f', ...rosBody, canonicalJson: frameText })
  })

  test('names the first thing that is wrong', () => {
    const hash = '0'.repeat(32)
    const mismatch = (code: string, expected: string, found: string) => expect.objectContaining({ code, details: { expected, found } })
    expect(() => verify({ hash, peerId: 'x', id: 'y' })).toThrow(mismatch('hash-mismatch', hash, ref.hash))
    expect(() => verify({ peerId: 'x', id: 'y' })).toThrow(mismatch('peer-mismatch', 'x', 'p'))
    expect(() => verify({ id: 'y' })).toThrow(mismatch('id-mismatch', 'y', 'f'))
    expect(() => verify({ id: 'y' })).toThrow('id mismatch: expected "y", found "f"')
  })

  test.each([
    ['bytes that are no text', Uint8Array.of(0xff)],
    ['a truncated character', utf8('"é"').slice(0, 2)],
    ['an entry with a byte that is no character', utf8(frameText.replace('{', '{"x":"?",')).map((byte) => (byte === 0x3f ? 0xff : byte))],
    ['an entry of another kind', utf8(audioText)]
  ])('refuses %s', (_, bytes) => {
    expect(() => verify({ hash: contentHash(bytes) }, bytes)).toThrow(expect.objectContaining(json))
  })
})

test('the types say what the schemas say', () => {
  type Decoded<K extends RegistryKind> = Camelized<z.output<(typeof entrySchemas)[K]>>
  type Simplify<T> = T extends object ? { [P in keyof T]: Simplify<T[P]> } : T
  expectTypeOf<Simplify<Decoded<'sensor'>>>().toEqualTypeOf<Simplify<RegistryEntries['sensor']>>()
  expectTypeOf<Simplify<Decoded<'clock'>>>().toEqualTypeOf<Simplify<RegistryEntries['clock']>>()
  expectTypeOf<Simplify<Decoded<'frame'>>>().toEqualTypeOf<Simplify<RegistryEntries['frame']>>()
  expectTypeOf<Simplify<Decoded<'detector'>>>().toEqualTypeOf<Simplify<RegistryEntries['detector']>>()
})

test('a body narrows by its kind, and the kind is inferred from it', () => {
  const kindOf = <K extends SensorBody['kind']>(body: SensorBody<K>): K => body.kind
  expectTypeOf(kindOf({ kind: 'rf', type: 'wifi', frame })).toEqualTypeOf<'rf'>()
  expectTypeOf(kindOf({} as SensorBody)).toEqualTypeOf<SensorBody['kind']>()
  expectTypeOf<Extract<SensorBody, { kind: 'camera' }>>().toHaveProperty('pixelFormat')
  expectTypeOf<SensorBody<'rf'>>().not.toHaveProperty('width')
})
