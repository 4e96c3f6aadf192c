/**
 * Event streams, written by hand over the raw response.
 *
 * `@fastify/sse` waits for `drain` in a promise per message that never settles when the socket closes meanwhile, writes its comments whether or not the reader
 * keeps up, and has no place to count from: how many events a reader is behind is exactly what must be known here, so that a slow one costs bounded memory.
 * Server-Sent Events themselves are three lines of text.
 */
import type { ServerResponse } from 'node:http'
import type { Clock } from '@auki/canonical'
import { watchCommentMs, watcherBehindMax } from '../limits.ts'
import type { DiscoveryStore, Watch, WatchEvent } from '../store.ts'
import type { Metrics } from './metrics.ts'
import { Refusal } from './refusal.ts'
import { rowEvent, rowsEvent } from './schemas.ts'
import { writerOf } from './write.ts'

/** Headers of every event stream; the second keeps proxies from collecting events before they pass them on. */
export const streamHeaders = { 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' }

/** Who watches: which rows, and whether liveness checks are wanted too. */
export interface WatchRequest {
  /** `undefined` = all rows. */
  readonly name: string | undefined
  readonly refreshed: boolean
}

/** All event streams of one server. */
export interface Watchers {
  /** Streams events into the response until either side ends; resolves once the snapshot is written. @throws Refusal, with nothing written. */
  serve(request: WatchRequest, response: ServerResponse): Promise<void>
  /** Ends every stream. */
  stop(): void
}

export interface WatchersNeeds {
  readonly store: DiscoveryStore
  readonly clock: Clock
  readonly metrics: Metrics
}

/** No streams yet; at most `watchersMax` at once. */
export function createWatchers({ watchersMax }: { watchersMax: number }, needs: WatchersNeeds): Watchers {
  const readers = new Set<Reader>()
  let cancelAlarm: (() => void) | undefined
  const comment = () => {
    for (const reader of readers) reader.comment()
    cancelAlarm = readers.size === 0 ? undefined : needs.clock.after(watchCommentMs, comment)
  }
  return {
    async serve(request, response) {
      if (readers.size >= watchersMax) {
        throw new Refusal(
          'too-many-watchers',
          `${watchersMax} event streams are open, the most this service allows; poll the row, or try again later`
        )
      }
      const reader = new Reader({ request, response, metrics: needs.metrics, gone: () => readers.delete(reader) })
      readers.add(reader)
      cancelAlarm ??= needs.clock.after(watchCommentMs, comment)
      await reader.follow(needs.store)
    },
    stop() {
      cancelAlarm?.()
      cancelAlarm = undefined
      for (const reader of [...readers]) reader.end()
    }
  }
}

interface ReaderInit {
  readonly request: WatchRequest
  readonly response: ServerResponse
  readonly metrics: Metrics
  readonly gone: () => void
}

/** One event stream. */
class Reader {
  readonly #init: ReaderInit
  #watch: Watch | undefined
  #open = true
  #texts: string[] = []
  /** Events that the operating system has not taken yet: how far the reader is behind. */
  #behind = 0
  #judging = false

  constructor(init: ReaderInit) {
    this.#init = init
    init.metrics.watchers(this.#scope, 1)
    init.response.on('close', () => this.#leave())
    init.response.on('error', () => this.#leave())
  }

  get #scope(): 'cluster' | 'all' {
    return this.#init.request.name === undefined ? 'all' : 'cluster'
  }

  async follow(store: DiscoveryStore): Promise<void> {
    try {
      const watch = await store.watch(this.#init.request.name, (event) => this.#tell(event))
      if (this.#open) this.#watch = watch
      else watch.close()
    } catch (error) {
      this.#leave()
      throw error
    }
  }

  comment(): void {
    // Somebody who has not read the last line yet is in no need of another.
    if (this.#behind === 0 && this.#init.response.headersSent) this.#write(':\n\n')
  }

  end(): void {
    this.#flush()
    this.#leave()
    this.#init.response.end()
  }

  #tell(event: WatchEvent): void {
    if (!this.#open || (event.type === 'refreshed' && !this.#init.request.refreshed)) return
    if (event.type === 'ended') {
      this.end()
      return
    }
    if (!this.#init.response.headersSent) {
      this.#init.response.writeHead(200, streamHeaders)
    }
    this.#write(event.type === 'snapshot' ? snapshotText(event, this.#scope) : eventText(event))
  }

  /** What is told in one go is written in one go. */
  #write(text: string): void {
    this.#behind++
    if (this.#texts.push(text) === 1) process.nextTick(() => this.#flush())
  }

  #flush(): void {
    const { length } = this.#texts
    if (!this.#open || length === 0) return
    this.#init.response.write(this.#texts.join(''), () => {
      this.#behind -= length
    })
    this.#texts = []
    if (this.#behind > watcherBehindMax && !this.#judging) this.#judge()
  }

  /** Many rows may go in one turn of the event loop; nobody is slow before the socket had a chance to take them. */
  #judge(): void {
    this.#judging = true
    setImmediate(() => {
      this.#judging = false
      if (!this.#open || this.#behind <= watcherBehindMax) return
      this.#init.metrics.watcherDropped()
      this.#leave()
      this.#init.response.destroy()
    })
  }

  #leave(): void {
    if (!this.#open) return
    this.#open = false
    this.#watch?.close()
    this.#init.metrics.watchers(this.#scope, -1)
    this.#init.gone()
  }
}

type Snapshot = Extract<WatchEvent, { type: 'snapshot' }>
type Change = Exclude<WatchEvent, { type: 'snapshot' | 'ended' }>

const writeRowEvent = writerOf(rowEvent)
const writeRowsEvent = writerOf(rowsEvent)

function snapshotText({ counter, rows }: Snapshot, scope: 'cluster' | 'all'): string {
  return frame(counter, 'snapshot', scope === 'all' ? writeRowsEvent({ entries: [...rows] }) : writeRowEvent({ entry: rows[0] ?? null }))
}

/** Every watcher of a row gets the same text. */
const eventTexts = new WeakMap<Change, string>()

function eventText(event: Change): string {
  const known = eventTexts.get(event)
  if (known !== undefined) return known
  const text = frame(event.counter, event.type, writeRowEvent({ entry: event.row }))
  eventTexts.set(event, text)
  return text
}

function frame(id: number, event: string, data: string): string {
  return `id: ${id}\nevent: ${event}\ndata: ${data}\n\n`
}
