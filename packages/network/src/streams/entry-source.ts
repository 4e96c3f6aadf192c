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
        for (const { bytes, ...entry } of batch.entries) yield { ...entry, payload: bytes }
      }
    } finally {
      this.batches.close()
    }
  }
}
