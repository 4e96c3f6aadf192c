import { describe, expect, it, test } from 'vitest'
import { DataSchema as JointEncodersSchema } from './gen/auki/joint_encoders_pb.ts'
import { JoinRequestSchema, JoinResponseSchema, LeaveRequestSchema, readMessage, StreamMessageSchema } from './protobuf.ts'

it('keeps nothing of fields it does not know, so that a frame full of them takes no memory', () => {
  const message = readMessage(LeaveRequestSchema, Uint8Array.of(0x08, 1, 0x12, 1, 7))
  expect(Object.keys(message)).toEqual(['$typeName'])
})

describe('lengths', () => {
  const string = 0x0a // field 1 of a JoinRequest
  const message = 0x0a // field 1 of a JoinResponse
  const packed = 0x0a // field 1 of joint angles
  const entry = 0x22
  const unknown = 0x7a // field 15, of bytes
  const group = [0x7b, unknown]

  // 2^32 + 1, 2^35 + 1, 2^63 + 1: their lower 32 bits say 1.
  test.each([
    ['2^32', [0x81, 0x80, 0x80, 0x80, 0x10]],
    ['2^35', [0x81, 0x80, 0x80, 0x80, 0x80, 0x01]],
    ['2^63', [0x81, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01]]
  ])('of %s and more are refused wherever they stand', (_name, length) => {
    expect(() => readMessage(JoinRequestSchema, Uint8Array.of(string, ...length, 0x61))).toThrow('2^32')
    expect(() => readMessage(JoinResponseSchema, Uint8Array.of(message, ...length, 0x00))).toThrow('2^32')
    expect(() => readMessage(StreamMessageSchema, Uint8Array.of(entry, ...length, 0x00))).toThrow('2^32')
    expect(() => readMessage(StreamMessageSchema, Uint8Array.of(entry, length.length + 2, 0x1a, ...length, 0x61))).toThrow('2^32')
    expect(() => readMessage(LeaveRequestSchema, Uint8Array.of(unknown, ...length, 0x61))).toThrow('2^32')
    expect(() => readMessage(LeaveRequestSchema, Uint8Array.of(...group, ...length, 0x61, 0x7c))).toThrow('2^32')
  })

  test('of fewer bits are read however long they are written', () => {
    const padded = [0x81, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00]
    expect(readMessage(JoinRequestSchema, Uint8Array.of(string, ...padded, 0x61)).multiaddrs).toEqual(['a'])
  })

  test('of packed numbers are no exception', () => {
    const length = [0x84, 0x80, 0x80, 0x80, 0x10]
    expect(() => readMessage(JointEncodersSchema, Uint8Array.of(packed, ...length, 0, 0, 0, 0))).toThrow('2^32')
  })
})
