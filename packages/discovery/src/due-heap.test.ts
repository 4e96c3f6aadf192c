import { expect, test } from 'vitest'
import { DueHeap } from './due-heap.ts'

test('gives the earliest, and of those due at one time the one that was set first', () => {
  const heap = new DueHeap()
  expect(heap.first()).toBeUndefined()
  for (const [name, dueMs] of [
    ['late', 9],
    ['b', 5],
    ['a', 5],
    ['early', 1]
  ] as const)
    heap.set(name, dueMs)
  heap.set('b', 5)
  expect(drain(heap)).toEqual(['early', 'a', 'b', 'late'])
})

test('a name stands in it once, wherever it is moved to', () => {
  const heap = new DueHeap()
  for (let round = 0; round < 1_000; round++) for (const name of ['a', 'b', 'c']) heap.set(name, (round * 7_919) % 997)
  heap.set('c', 1)
  heap.delete('nobody')
  expect(drain(heap)).toEqual(['c', 'a', 'b'])
})

test('agrees with sorting, whatever is set, moved and deleted', () => {
  let state = 1
  const below = (n: number) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return (state >>> 8) % n
  }
  for (let run = 0; run < 50; run++) {
    const heap = new DueHeap()
    const model = new Map<string, number>()
    for (let step = 0; step < 200; step++) {
      const name = `n${below(40)}`
      model.delete(name) // so that the order of a Map is the order of setting
      if (below(3) === 0) heap.delete(name)
      else {
        const dueMs = below(30)
        model.set(name, dueMs)
        heap.set(name, dueMs)
      }
      expect(heap.first()?.dueMs).toBe(model.size === 0 ? undefined : Math.min(...model.values()))
    }
    expect(drain(heap)).toEqual([...model].sort(([, a], [, b]) => a - b).map(([name]) => name))
  }
})

function drain(heap: DueHeap): string[] {
  const names: string[] = []
  for (let first = heap.first(); first !== undefined; first = heap.first()) {
    names.push(first.name)
    heap.delete(first.name)
  }
  return names
}
