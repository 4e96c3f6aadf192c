import { describe, expect, it } from 'vitest'
import { CodecError, seen } from './index.ts'

const suspect = '12D3KooWK99VoVxNE7XzyBwXEzW7xhK7Gpv85r9F3V3fyKSUKPH5'
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes)
const bytes = (json: string) => new TextEncoder().encode(json)

describe('whether a member is seen', () => {
  it('is asked of a witness', () => {
    const asked = seen.encodeRequest({ suspect })
    expect(text(asked)).toBe(`{"suspect":"${suspect}"}`)
    expect(seen.decodeRequest(asked)).toEqual({ suspect })
    expect(text(seen.encodeResponse(true, { suspect }))).toBe('{"seen":true}')
  })

  it('is asked of the suspect itself', () => {
    const asked = seen.encodeRequest({ cluster: 'lab' })
    expect(text(asked)).toBe('{"cluster":"lab"}')
    expect(seen.decodeRequest(asked)).toEqual({ cluster: 'lab' })
    expect(text(seen.encodeResponse(false, { cluster: 'lab' }))).toBe('{"here":false}')
  })

  it('reads either answer', () => {
    expect(['{"seen":true}', '{"here":true}', '{"seen":false}'].map((answer) => seen.decodeResponse(bytes(answer)))).toEqual([
      true,
      true,
      false
    ])
  })

  it.each([
    '{}',
    '{"suspect":"nobody"}',
    '{"suspect":7}',
    '{"cluster":["lab"]}',
    `{"suspect":"${suspect}","cluster":"lab"}`,
    '[]',
    '',
    `{"cluster":[${'1,'.repeat(50)}1]}`
  ])('refuses the question %j', (question) => {
    expect(() => seen.decodeRequest(bytes(question))).toThrow(CodecError)
  })

  it.each(['{}', '{"seen":1}', '{"here":"true"}', '{"seen":null}', 'true'])('refuses the answer %j', (answer) => {
    expect(() => seen.decodeResponse(bytes(answer))).toThrow(CodecError)
  })
})
