import { expect, test } from 'vitest'
import { EntrySource } from './entry-source.ts'
import type { EntryBatches } from './stream-api.ts'

/** Three batches of one entry each, in the same memory. */
function refilling(): EntryBatches {
  const bytes = new Uint8Array(1)
  let batches = 0
  return {
    async next() {
      if (batches === 3) return undefined
      bytes[0] = ++batches
      return { entries: [{ timestampNs: 0n, bytes }], history: false }
    },
    close: () => {}
  }
}

test('who iterates a source may keep its entries, though the source fills the memory of a batch again', async () => {
  const entries = []
  for await (const entry of new EntrySource(refilling())) entries.push(entry)
  expect(entries.map(({ payload }) => [...payload])).toEqual([[1], [2], [3]])
})
