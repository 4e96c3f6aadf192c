import { expect, test } from 'vitest'
import { decompressLz4 } from './lz4.ts'

const line = Array.from({ length: 60 }, (_, index) => `entry ${index} of a log that is somewhat repetitive; `).join('')
const text = line + 'x'.repeat(700)

/** Written by the lz4 command: with checksums and sizes of everything, and with none. */
const frames = [
  'BCJNGHxAtg0AAAAAAAAlXwEAAPAPZW50cnkgMCBvZiBhIGxvZyB0aGF0IGlzIHNvbWV3DADCcmVwZXRpdGl2ZTsgLgAfMS4AGh8yLgAaHzMuABofNC4AGh81LgAaHzYuABofNy4AGh84LgAaHzmeARsPzQEcD84BGx8xzwEbHzHQARsfMdEBGx8x0gEbHzHTARsfMdQBGx8x1QEbHzHWARsfMtYBGx8ypAMcD9YBGx8y1gEbHzLWARsfMtYBGx8y1gEbHzLWARsfMtYBGx8y1gEbHzPWARsfM9YBGx8zewUcD9YBGx8z1gEbHzPWARsfM9YBGx8z1gEbHzPWARsfM9YBGx801gEbHzTWARsfNNYBGx80UgccD9YBGx801gEbHzTWARsfNNYBGx801gEbHzTWARsfNdYBGx811gEbHzXWARsfNdYBGx81KQkcD9YBGx811gEbHzXWARsfNdYBGx811gEVH3gBAP//pVB4eHh4eFvevH0AAAAAmozTew==',
  'BCJNGGBAgmQBAADwD2VudHJ5IDAgb2YgYSBsb2cgdGhhdCBpcyBzb21ldwwAwnJlcGV0aXRpdmU7IC4AHzEuABofMi4AGh8zLgAaHzQuABofNS4AGh82LgAaHzcuABofOC4AGh85LgAaHzHNARwPzgEbHzHPARsfMdABGx8x0QEbHzHSARsfMdMBGx8x1AEbHzHVARsfMdYBGx8y1gEbHzLWARsfMtYBGx8y1gEbHzLWARsfMtYBGx8y1gEbHzLWARsfMtYBGx8y1gEbHzPWARsfM9YBGx8z1gEbHzPWARsfM9YBGx8z1gEbHzPWARsfM9YBGx8z1gEbHzPWARsfNNYBGx801gEbHzTWARsfNNYBGx801gEbHzTWARsfNNYBGx801gEbHzTWARsfNNYBGx811gEbHzXWARsfNdYBGx811gEbHzXWARsfNdYBGx811gEbHzXWARsfNdYBGx811gEVH3gBAP//pVB4eHh4eAAAAAA='
].map((base64) => Buffer.from(base64, 'base64'))

test.each(frames)('reads what the lz4 command wrote', (frame) => {
  expect(Buffer.from(decompressLz4(frame, text.length)).toString()).toBe(text)
})

test('blocks that are stored as they are', () => {
  const frame = Buffer.concat([frames[1]!.subarray(0, 7), Buffer.from([3, 0, 0, 0x80]), Buffer.from('abc'), Buffer.alloc(4)])
  expect(Buffer.from(decompressLz4(frame, 3)).toString()).toBe('abc')
})

test.each(frames)('what is cut, longer than said, or damaged throws a RangeError, and never takes more memory than was said', (frame) => {
  for (let length = 0; length < frame.length - 8; length += 1) {
    expect(() => decompressLz4(frame.subarray(0, length), text.length)).toThrow(RangeError)
  }
  expect(() => decompressLz4(frame, text.length - 1)).toThrow('more data than its chunk claims')
  for (let at = 0; at < frame.length; at += 1) {
    const damaged = Uint8Array.from(frame)
    damaged[at] = damaged[at]! ^ 0xff
    try {
      expect(decompressLz4(damaged, text.length).length).toBeLessThanOrEqual(text.length)
    } catch (error) {
      expect(error).toBeInstanceOf(RangeError)
    }
  }
})
