import { ManualClock } from '@auki/canonical/testing'
import { beforeEach, expect, test } from 'vitest'
import { documentsHeldMax } from '../core/index.ts'
import { PacedDocuments } from './paced-documents.ts'

let clock: ManualClock
let delivered: string[]
let believed: string
let logged: string[]
let documents: PacedDocuments<string>

beforeEach(() => {
  clock = new ManualClock()
  delivered = []
  logged = []
  believed = 'manager'
  documents = new PacedDocuments({
    clock,
    isBelieved: (peerId) => peerId === believed,
    deliver: (document) => delivered.push(document),
    log: (_level, text) => logged.push(text)
  })
})

test('a flood of a peer nobody believes costs one document a second, and the newest wins', () => {
  for (let n = 0; n < 300; n++) {
    documents.take('flooder', `f${n}`)
    clock.advance(10)
  }
  clock.advance(10_000)
  expect(delivered).toEqual(['f0', 'f99', 'f199', 'f299'])
})

test('each sender is heard for itself; the Manager, and whom the row names, at once and always', () => {
  documents.take('a', 'a1')
  documents.take('b', 'b1')
  for (const text of ['m1', 'm2', 'm3']) documents.take('manager', text)
  expect(delivered).toEqual(['a1', 'b1', 'm1', 'm2', 'm3'])
})

test('what was held of a peer does not come after what it said as the Manager', () => {
  documents.take('next', 'v1')
  documents.take('next', 'v2')
  believed = 'next'
  documents.take('next', 'v3')
  clock.advance(10_000)
  expect(delivered).toEqual(['v1', 'v3'])
})

test('however many flood, few documents are held', () => {
  const flooders = Array.from({ length: documentsHeldMax + 1 }, (_, n) => `p${n}`)
  for (const peerId of flooders) documents.take(peerId, 'first')
  for (const peerId of flooders) documents.take(peerId, 'second')
  clock.advance(10_000)
  expect(delivered.filter((text) => text === 'second')).toHaveLength(documentsHeldMax)
  expect(logged).toHaveLength(1)
})

test('who was silent for a second is heard at once again, and nothing is left to ring', () => {
  documents.take('a', 'a1')
  clock.advance(1_000)
  documents.take('a', 'a2')
  expect(delivered).toEqual(['a1', 'a2'])
  clock.advance(1_000)
  expect(clock.pending).toEqual([])
})
