/** Heartbeat frames of `/auki/heartbeat/0.0.1`: fields against text and frame, both ways, and texts that are none. */
import assert from 'node:assert/strict'
import { encodeFrame, heartbeat } from '@auki/network/protocols'
import type { VectorCheck } from './runner.ts'
import { camelCased, hexOf } from './wire-fields.ts'

/** Checks of the kinds `heartbeat` and `heartbeat_decode`. */
export const checks: Record<string, VectorCheck> = {
  heartbeat: ({ input, expected }) => {
    const integer = /^(sequence|.*_ns)$/
    const frame = camelCased(input, (key, value) =>
      integer.test(key) ? BigInt(value as string) : value
    ) as unknown as heartbeat.HeartbeatFrame
    const { payload, dropped } = heartbeat.encodeFitted(frame)
    assert.deepEqual(dropped, [])
    assert.equal(new TextDecoder().decode(payload), expected['json_text'])
    assert.equal(payload.length, expected['length'])
    assert.equal(hexOf(encodeFrame(payload, heartbeat.FRAME_BYTES_MAX)), expected['framed'])
    assert.deepEqual(heartbeat.decode(new TextEncoder().encode(String(expected['json_text']))), frame)
  },
  heartbeat_decode: ({ input, expected }) => {
    const decode = () => heartbeat.decode(new TextEncoder().encode(String(input['json_text'])))
    if (expected['accepted'] === true) assert.doesNotThrow(decode)
    else assert.throws(decode, { name: 'CodecError', code: 'decode' })
  }
}
