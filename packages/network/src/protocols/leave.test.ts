import { expect, it } from 'vitest'
import * as leave from './leave.ts'

it('a leave and its acknowledgement are empty, and tolerate fields to come', () => {
  for (const [encode, decode] of [
    [leave.encodeRequest, leave.decodeRequest],
    [leave.encodeResponse, leave.decodeResponse]
  ] as const) {
    expect(encode()).toHaveLength(0)
    expect(() => decode(Uint8Array.of(0x08, 0x01))).not.toThrow()
    expect(() => decode(Uint8Array.of(0x0a, 0x05))).toThrow(expect.objectContaining({ name: 'CodecError', code: 'decode' }))
  }
})
