/** The Discovery service over HTTP: puts the parts together, and takes them apart again in an order that loses nothing. */
import type { Server } from 'node:http'
import { type Clock, reasonOf, systemClock } from '@auki/canonical'
import type { FastifyInstance } from 'fastify'
import type { DirectoryEvent } from '../directory.ts'
import { DiscoveryServiceError } from '../errors.ts'
import * as limits from '../limits.ts'
import type { DiscoveryStore, Watch, WatchEvent } from '../store.ts'
import { memoryStore } from '../stores/memory.ts'
import { createApp, type RateLimit } from './app.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import { createWatchers, type Watchers } from './watchers.ts'

/** One line of the service's log: a commit, in the order of commits, or a request that failed inside the service. */
export type DiscoveryLogLine =
  | {
      readonly event: 'created' | 'rotated' | 'swept' | 'deleted'
      readonly name: string
      readonly managerPeerId: string
      readonly instance: string
      readonly revision: number
      /** The directory's counter after the commit. */
      readonly counter: number
      readonly atUnixNs: bigint
    }
  | { readonly event: 'request-failed'; readonly method: string; readonly path: string; readonly error: unknown }

/** How a service is set up; all of it has defaults. */
export interface DiscoveryServerOptions {
  /** Default `127.0.0.1`. */
  readonly host?: string
  /** Default 0: any free port. */
  readonly port?: number
  /** Where rows are kept. A store that is given stays the caller's to close. Default: a memory store of its own. */
  readonly store?: DiscoveryStore
  /** Life of a row after its last stamp where its Manager asks for none, ms, in the store of its own. Default 3 000. */
  readonly sweepAfterMs?: number
  /** The longest life that a Manager is granted who asks for one (`row_life_ms`), ms, in the store of its own: 3 000 to 15 000. Default 15 000. */
  readonly rowLifeMaxMs?: number
  /** Rows held at most, in the store of its own; a create beyond is answered 503. Default 10 000. */
  readonly rowsMax?: number
  /** Event streams open at once; more are answered 503. Default 10 000. */
  readonly watchersMax?: number
  /** Calls on rows of one client address; more are answered 429. Default: none. */
  readonly rateLimit?: RateLimit
  /** Default: the machine's. */
  readonly clock?: Clock
  /** Told of each commit, and of each request that failed. It must not wait; what it throws is lost. */
  readonly log?: (line: DiscoveryLogLine) => void
}

/** A service that takes requests. */
export interface DiscoveryServer extends AsyncDisposable {
  /** `http://host:port`, without a trailing slash. */
  readonly url: string
  /**
   * Stops: `/readyz` answers 503, event streams end, answers under way get one second, then every connection is closed. Idempotent. Clients see Discovery
   * trouble; with the store of its own, the rows are gone.
   */
  close(): Promise<void>
}

/**
 * Starts a Discovery service; resolves once it takes requests.
 *
 * @throws DiscoveryServiceError `bad-option` | `listen-failed`.
 */
export async function createDiscoveryServer(options: DiscoveryServerOptions = {}): Promise<DiscoveryServer> {
  const service = new Service(options)
  try {
    await service.start(options)
    return service
  } catch (error) {
    await service.close()
    throw error
  }
}

class Service implements DiscoveryServer {
  url = ''
  readonly #store: DiscoveryStore
  readonly #ownsStore: boolean
  readonly #metrics: Metrics = createMetrics()
  readonly #watchers: Watchers
  readonly #log: (line: DiscoveryLogLine) => void
  readonly #servers: Server[] = []
  #app: FastifyInstance | undefined
  #feed: Watch | undefined
  #notReady: string | undefined = 'the service is starting; try again in a moment'
  #closing: Promise<void> | undefined

  constructor(options: DiscoveryServerOptions) {
    const { clock = systemClock, watchersMax = limits.watchersMaxDefault } = options
    if (options.store !== undefined) refuseStoreSettings(options)
    this.#store = options.store ?? ownStore(options)
    this.#ownsStore = options.store === undefined
    this.#log = options.log ?? (() => undefined)
    this.#watchers = createWatchers(
      { watchersMax: limits.integerOption('watchersMax', watchersMax, 1, 1_000_000) },
      { store: this.#store, clock, metrics: this.#metrics }
    )
  }

  async start({ host = '127.0.0.1', port = 0, rateLimit }: DiscoveryServerOptions): Promise<void> {
    this.#app = await createApp(
      { rateLimit, servers: this.#servers },
      {
        store: this.#store,
        watchers: this.#watchers,
        metrics: this.#metrics,
        notReady: () => this.#notReady,
        failed: (request, error) => this.#say({ event: 'request-failed', method: request.method, path: request.url, error })
      }
    )
    try {
      this.url = await this.#app.listen({ host, port })
    } catch (cause) {
      const message = `cannot listen on ${host}:${port}: ${reasonOf(cause)}; choose another address or port`
      throw new DiscoveryServiceError('listen-failed', message, { host, port }, { cause })
    }
    // No write is taken before this feed is open, so the log has them all.
    this.#feed = await this.#store.watch(undefined, (event) => this.#note(event))
    this.#notReady = undefined
  }

  close(): Promise<void> {
    this.#closing ??= this.#stop()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #stop(): Promise<void> {
    this.#notReady = 'the service is stopping; try another instance, or again in a moment'
    this.#watchers.stop()
    const bound = setTimeout(() => {
      for (const server of this.#servers) server.closeAllConnections()
    }, limits.closeGraceMs)
    // Node closes the connections that are idle at the call; one whose last answer ends later would hold the service up for the whole grace.
    const idle = setInterval(() => {
      for (const server of this.#servers) server.closeIdleConnections()
    }, limits.closeIdleMs)
    await this.#app?.close()
    clearTimeout(bound)
    clearInterval(idle)
    this.#feed?.close()
    if (this.#ownsStore) await this.#store.close()
  }

  #note(event: WatchEvent): void {
    switch (event.type) {
      case 'snapshot':
        this.#metrics.rows(event.rows.length)
        return
      case 'ended':
        this.#notReady ??= 'the store of the service has stopped; restart the service'
        return
      default:
        this.#metrics.happened(event.type)
        if (event.type !== 'refreshed') this.#say(commitLine(event, event.type))
    }
  }

  #say(line: DiscoveryLogLine): void {
    try {
      this.#log(line)
    } catch {
      // A log that fails must not undo or delay what it tells of.
    }
  }
}

function ownStore({ sweepAfterMs, rowLifeMaxMs, rowsMax, clock }: DiscoveryServerOptions): DiscoveryStore {
  return memoryStore({
    ...(sweepAfterMs !== undefined && { sweepAfterMs }),
    ...(rowLifeMaxMs !== undefined && { rowLifeMaxMs }),
    ...(rowsMax !== undefined && { rowsMax }),
    ...(clock !== undefined && { clock })
  })
}

/** A store that is given has settings of its own; silence would leave its owner believing in ours. */
function refuseStoreSettings({ sweepAfterMs, rowLifeMaxMs, rowsMax }: DiscoveryServerOptions): void {
  if (sweepAfterMs === undefined && rowLifeMaxMs === undefined && rowsMax === undefined) return
  throw new DiscoveryServiceError(
    'bad-option',
    'sweepAfterMs, rowLifeMaxMs and rowsMax are settings of the store that is given; set them there'
  )
}

function commitLine({ row, counter, unixNs }: DirectoryEvent, event: 'created' | 'rotated' | 'swept' | 'deleted'): DiscoveryLogLine {
  const { name, managerPeerId, instance, revision } = row
  return { event, name, managerPeerId, instance, revision, counter, atUnixNs: unixNs }
}
