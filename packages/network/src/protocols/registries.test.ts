import { describe, expect, it } from 'vitest'
import * as registries from './registries.ts'

const utf8 = (text: string) => new TextEncoder().encode(text)
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes)
const failure = (code: string) => expect.objectContaining({ name: 'CodecError', code })
const request = { kind: 'sensor', id: 'cam', hash: '8295922307fa2b426453486ba87a59ef' } as const
const entry = { ...request, canonicalJson: '{"kind":"camera"}' }

describe('a registry request', () => {
  it('comes back whole', () => {
    expect(text(registries.encodeRequest(request))).toBe('{"kind":"sensor","id":"cam","hash":"8295922307fa2b426453486ba87a59ef"}')
    for (const kind of ['sensor', 'clock', 'frame', 'detector'] as const) {
      expect(registries.decodeRequest(registries.encodeRequest({ ...request, kind }))).toStrictEqual({ ...request, kind })
    }
  })

  it.each([
    '{"kind":"Sensor","id":"a","hash":"b"}',
    '{"kind":"robot","id":"a","hash":"b"}',
    '{"kind":"sensor","id":"a"}',
    '{"kind":"sensor","id":1,"hash":"b"}'
  ])('%s is a decode error', (bad) => {
    expect(() => registries.decodeRequest(utf8(bad))).toThrow(failure('decode'))
  })
})

describe('a registry response', () => {
  it('carries the entry or nothing', () => {
    expect(text(registries.encodeResponse(null))).toBe('{"entry":null}')
    expect(text(registries.encodeResponse(entry))).toBe(
      '{"entry":{"kind":"sensor","id":"cam","hash":"8295922307fa2b426453486ba87a59ef","canonical_json":"{\\"kind\\":\\"camera\\"}"}}'
    )
    for (const answer of [entry, null]) expect(registries.decodeResponse(registries.encodeResponse(answer))).toStrictEqual(answer)
  })

  it('keeps the bytes that were hashed, whatever the text', () => {
    const canonicalJson = '{"name":"Zürich \\" \\\\ \\u0000 🤖"}'
    expect(registries.decodeResponse(registries.encodeResponse({ ...entry, canonicalJson }))?.canonicalJson).toBe(canonicalJson)
  })

  it.each(['{"entry":{}}', '{"entry":[]}', '{"entry":{"kind":"x","id":"a","hash":"b","canonical_json":"{}"}}', '7'])(
    '%s is a decode error',
    (bad) => {
      expect(() => registries.decodeResponse(utf8(bad))).toThrow(failure('decode'))
    }
  )

  it('over the frame is not written', () => {
    expect(() => registries.encodeResponse({ ...entry, canonicalJson: '"'.repeat(33_000) })).toThrow(failure('frame-too-large'))
  })
})
