import { expect, test } from 'vitest'
import { Chunks } from './chunks.ts'

test('large chunks are kept as they are, crumbs behind them are put together, and all come out in order', () => {
  const chunks = new Chunks()
  const large = new Uint8Array(2_000).fill(1)
  chunks.push(large)
  for (let value = 0; value < 5_000; value++) chunks.push(Uint8Array.of(value % 256))
  chunks.push(large)
  expect(chunks.bytes).toBe(9_000)
  expect(chunks.list.length).toBeLessThan(12)
  expect(new Set(chunks.list.map(({ buffer }) => buffer)).size).toBeLessThan(12)
  const out: number[] = []
  for (let chunk = chunks.shift(); chunk !== undefined; chunk = chunks.shift()) out.push(...chunk)
  expect(out).toEqual([...large, ...Array.from({ length: 5_000 }, (_, value) => value % 256), ...large])
  expect(chunks.bytes).toBe(0)
})

test('what was taken out does not change when more crumbs come', () => {
  const chunks = new Chunks()
  chunks.push(Uint8Array.of(1))
  chunks.push(Uint8Array.of(2))
  const taken = [chunks.shift()!, chunks.shift()!]
  chunks.push(Uint8Array.of(3))
  chunks.push(Uint8Array.of(4))
  expect(taken).toEqual([Uint8Array.of(1), Uint8Array.of(2)])
})
