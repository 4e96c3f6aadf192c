/**
 * Following one row over Server-Sent Events.
 *
 * The service sends a comment every few seconds, so silence means that the connection is broken, whatever TCP thinks. There is no replay: each
 * connect begins with a snapshot. One that does not come soon never will be of use: then the row is looked at instead (`watch-polls.ts`), and the watch
 * opened again and again beside that.
 */

import { createParser, type EventSourceMessage } from 'eventsource-parser'
import { Exchange } from '../exchange/exchange.ts'
import { pause } from '../exchange/pause.ts'
import { decodeJsonText } from '../protocols/json-frame.ts'
import { discoveryRowValuesMax } from '../protocols/limits.ts'
import { watchEventCharsMax, watchReconnectMaxMs, watchReconnectMinMs, watchSilenceMs, watchSnapshotMs } from '../settings.ts'
import { isVersioned } from './http.ts'
import { type DiscoveryClusterEntry, decodeRow } from './row.ts'
import { WatchPolls, type WatchPollsNeeds } from './watch-polls.ts'

const jitterRatio = 0.25

export type DiscoveryWatchEvent =
  /** First on every connect; no row: there is none. */
  | { readonly type: 'snapshot'; readonly row: DiscoveryClusterEntry | undefined }
  /** `swept`, `deleted`: the row is the last one. */
  | { readonly type: 'created' | 'rotated' | 'refreshed' | 'swept' | 'deleted'; readonly row: DiscoveryClusterEntry }

export interface DiscoveryWatch {
  /** Ends the watch. */
  readonly signal: AbortSignal
  onEvent(event: DiscoveryWatchEvent): void
  /** The watch works: its snapshot follows. */
  onUp(): void
  /** A watch that worked is broken; it is being opened again. */
  onDown(): void
}

interface WatchNeeds extends WatchPollsNeeds {
  readonly fetch: typeof globalThis.fetch
  readonly random: () => number
  readonly flavour: () => 'unknown' | 'ours' | 'reference'
  readonly rowSeen: (row: DiscoveryClusterEntry) => void
}

export async function watchRow(needs: WatchNeeds, watch: DiscoveryWatch): Promise<void> {
  const polls = new WatchPolls(needs, watch)
  let pauseMs = watchReconnectMinMs
  while (!watch.signal.aborted) {
    if (needs.flavour() === 'reference') {
      polls.end()
      pauseMs = watchReconnectMaxMs
    } else if (await watchOnce(needs, watch, polls)) pauseMs = watchReconnectMinMs
    await pause(needs.timers, pauseMs * (1 + jitterRatio * (2 * needs.random() - 1)), watch.signal).catch(() => {}) // aborted: the loop ends
    pauseMs = Math.min(pauseMs * 2, watchReconnectMaxMs)
  }
}

/** Follows one connection to its end; whether it ever worked. */
async function watchOnce(needs: WatchNeeds, watch: DiscoveryWatch, polls: WatchPolls): Promise<boolean> {
  const exchange = new Exchange(needs, watch.signal)
  let up = false
  polls.begin()
  let cancelSilence = needs.timers.after(watchSnapshotMs, () => exchange.abort(new Error(`no snapshot within ${watchSnapshotMs} ms`)))
  const heard = () => {
    if (!up) return // what holds a stream back may say that it is there
    cancelSilence()
    cancelSilence = needs.timers.after(watchSilenceMs, () => exchange.abort(new Error(`the watch was silent for ${watchSilenceMs} ms`)))
  }
  try {
    for await (const event of events(needs, exchange.signal, heard)) {
      if (watch.signal.aborted) break
      if (!up && event.type === 'snapshot') {
        up = true
        heard()
        polls.end()
        watch.onUp()
      }
      if (event.row) needs.rowSeen(event.row)
      if (up) watch.onEvent(event)
    }
  } catch {
    // Whatever broke it, the next connect tells whether it works again.
  } finally {
    cancelSilence()
    exchange.end()
    exchange.abort(new Error('the watch is over'))
  }
  if (up && !watch.signal.aborted) watch.onDown()
  return up
}

async function* events(needs: WatchNeeds, signal: AbortSignal, heard: () => void): AsyncGenerator<DiscoveryWatchEvent> {
  const response = await needs.fetch(needs.url(), {
    headers: { Accept: 'text/event-stream' },
    signal,
    cache: 'no-store',
    redirect: 'manual'
  })
  if (!response.ok || !response.body || !isStream(response)) {
    // An answer nobody reads would keep its connection.
    await response.body?.cancel()
    return
  }
  const parsed: EventSourceMessage[] = []
  let error: Error | undefined
  const parser = createParser({
    maxBufferSize: watchEventCharsMax,
    onEvent: (event) => parsed.push(event),
    onError: (e) => (error ??= fatal(e))
  })
  const decoder = new TextDecoder()
  for await (const chunk of response.body) {
    heard()
    parser.feed(decoder.decode(chunk, { stream: true }))
    if (error) throw error
    for (const message of parsed.splice(0)) yield* decodeEvent(message)
  }
}

/** Anything else is a page of something in between, or of a reference service. */
function isStream(response: Response): boolean {
  return isVersioned(response) || (response.headers.get('Content-Type') ?? '').startsWith('text/event-stream')
}

function fatal(error: Error & { readonly type?: string }): Error | undefined {
  return error.type === 'max-buffer-size-exceeded' ? error : undefined
}

/** Events we don't know are left out. @throws when one we know can't be read: the next snapshot sets it right. */
function* decodeEvent({ event, data }: EventSourceMessage): Generator<DiscoveryWatchEvent> {
  switch (event) {
    case 'snapshot': {
      const record = decodeJsonText(data, discoveryRowValuesMax)
      yield { type: event, row: record.has('entry') ? decodeRow(record.record('entry')) : undefined }
      return
    }
    case 'created':
    case 'rotated':
    case 'refreshed':
    case 'swept':
    case 'deleted':
      yield { type: event, row: decodeRow(decodeJsonText(data, discoveryRowValuesMax).record('entry')) }
  }
}
