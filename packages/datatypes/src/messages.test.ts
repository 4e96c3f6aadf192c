import { expect, it } from 'vitest'
import { LeaveRequestSchema, readMessage } from './protobuf.ts'

it('keeps nothing of fields it does not know, so that a frame full of them takes no memory', () => {
  const message = readMessage(LeaveRequestSchema, Uint8Array.of(0x08, 1, 0x12, 1, 7))
  expect(Object.keys(message)).toEqual(['$typeName'])
})
