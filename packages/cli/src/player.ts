import { clockOf, type RecordedLog } from './mcap/recorded-log.ts'
import type { RecordedItem } from './mcap/recording-reader.ts'
import type { PlayedLog } from './playback.ts'
import { timerMsMax } from './settings.ts'

/** What is played, by topic. */
export type Part = { readonly log: RecordedLog; readonly played: PlayedLog }

/**
 * Appends what a recording holds at the pace at which it was recorded, then seals the logs. Resolves to how many entries there were.
 *
 * Each clock is played by itself: its first entry is appended when it is read, the others as much later as their timestamps say.
 *
 * @throws what `items` throws; the reason of `signal`.
 */
export async function play(items: AsyncIterable<RecordedItem>, parts: ReadonlyMap<string, Part>, signal: AbortSignal): Promise<number> {
  const starts = new Map<string, { readonly atMs: number; readonly timestampNs: bigint }>()
  let entries = 0
  for await (const item of items) {
    signal.throwIfAborted()
    const part = item.type === 'entry' ? parts.get(item.topic) : undefined
    if (item.type !== 'entry' || part === undefined) continue
    const { timestampNs, bytes } = item
    const clock = clockOf(part.log.row).hash
    const start = starts.get(clock) ?? { atMs: performance.now(), timestampNs }
    starts.set(clock, start)
    const waitMs = start.atMs + Number(timestampNs - start.timestampNs) / 1e6 - performance.now()
    if (waitMs >= 1) await pause(waitMs, signal)
    await part.played.append({ timestampNs, payload: bytes })
    entries += 1
  }
  await Promise.all([...parts.values()].map(({ played }) => played.seal()))
  return entries
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, Math.min(ms, timerMsMax))
  const onAbort = (): void => reject(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    await promise
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', onAbort)
  }
}
