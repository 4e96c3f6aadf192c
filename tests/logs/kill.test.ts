import { expect, test } from 'vitest'
import { killRecorders } from './support/kills.ts'

test('a program killed while it records leaves logs that reopen, with all that was flushed, in order', async () => {
  const { kills, entries } = await killRecorders(5, 20_261_122)
  expect(kills).toBe(5)
  expect(entries).toBeGreaterThan(50)
})
