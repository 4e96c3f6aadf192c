import { copiedBytesMax } from '../settings.ts'
import type { EntryBatches, StreamItem } from './stream-api.ts'

/**
 * A source that has its entries as bytes and in batches: streams take them so, without a promise for each.
 *
 * Anybody else can iterate it, once.
 */
export class EntrySource implements AsyncIterable<StreamItem<'bytes'>> {
  readonly batches: EntryBatches

  constructor(batches: EntryBatches) {
    this.batches = batches
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<StreamItem<'bytes'>, void, undefined> {
    try {
      for (let batch = await this.batches.next(); batch !== undefined; batch = await this.batches.next()) {
        // Whoever iterates may keep an entry for longer than its batch is good.
        for (const { bytes, ...entry } of batch.entries) yield { ...entry, payload: bytes.length > copiedBytesMax ? bytes : bytes.slice() }
      }
    } finally {
      this.batches.close()
    }
  }
}
