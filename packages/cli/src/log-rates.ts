/** How fast a log is filled, by what its row says of what it keeps now. */
import type { ResourceEntry } from '@auki/domain'

export interface LogRates {
  readonly entriesPerSecond: number
  readonly bytesPerSecond: number
}

/** Undefined for a log that takes nothing any more, and for one with too little in it to tell. */
export function ratesOf({
  state,
  available: { entries, bytes, durationNs }
}: Pick<ResourceEntry, 'state' | 'available'>): LogRates | undefined {
  if (state !== 'live' || entries < 2n || durationNs <= 0n) return undefined
  const seconds = Number(durationNs) / 1e9
  return { entriesPerSecond: Number(entries - 1n) / seconds, bytesPerSecond: (Number(bytes) * (1 - 1 / Number(entries))) / seconds }
}
