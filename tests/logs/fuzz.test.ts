import { expect, test } from 'vitest'
import { fuzz } from './support/fuzz.ts'

test('damaged recordings: nothing but its own error, no hang, and no entry that the format can tell is wrong', async () => {
  const { whole, shorter, refused } = await fuzz(1, 1_000)
  expect(whole + shorter + refused).toBe(1_000)
  expect(Math.min(whole, shorter, refused)).toBeGreaterThan(20)
})
