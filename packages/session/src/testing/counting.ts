import type { Storage } from '@auki/registry'

/** Counts how often the files of a storage are read. */
export function counting(storage: Storage): { readonly storage: Storage; reads: number } {
  const counted = { storage, reads: 0 }
  const { readRange } = storage
  storage.readRange = (...args) => {
    counted.reads += 1
    return readRange.apply(storage, args)
  }
  return counted
}
