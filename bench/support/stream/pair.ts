/** A producer and a consumer, each in a process of its own, run from bundled code as an app would be: no sources to strip, no loader in memory. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { Program } from '@auki/testkit/processes'
import { build } from 'esbuild'
import type { Load } from './lane.ts'
import type { NatsServer } from './nats-server.ts'
import type { Mark, Order } from './worker.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const bundle = `${root}node_modules/.cache/bench-stream.mjs`

/** To be called once, before the first pair. */
export async function bundleWorker(): Promise<void> {
  await build({
    entryPoints: [fileURLToPath(new URL('./worker.ts', import.meta.url))],
    outfile: bundle,
    bundle: true,
    platform: 'node',
    format: 'esm',
    conditions: ['@auki/source'],
    // Some dependencies are CommonJS and ask for Node's own modules.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    logLevel: 'error'
  })
}

/** What went through in a window of time. */
export interface Window {
  readonly entriesPerSecond: number
  /** User and system time of all processes that had part in it. */
  readonly cpuSeconds: number
  readonly entries: number
  readonly queuedBytesMax: number
  /** Of the process that had more. */
  readonly peakRssBytes: number
  /** Of entries that say when they were sent, ns. */
  readonly latenciesNs: Float64Array
}

export interface Measure {
  readonly load: Load
  readonly warmUpMs: number
  readonly windowMs: number
}

export class Pair implements Disposable {
  readonly #producer: Program<Order>
  readonly #consumer: Program<Order>
  readonly #server: NatsServer | undefined

  readonly #directory: string

  private constructor(server: NatsServer | undefined, directory: string) {
    const init = { natsPort: server?.port, directory }
    this.#producer = new Program(pathToFileURL(bundle), init)
    this.#consumer = new Program(pathToFileURL(bundle), init)
    this.#server = server
    this.#directory = directory
  }

  /** `server`: what stands between the two. */
  static async open(lane: string, server?: NatsServer): Promise<Pair> {
    const pair = new Pair(server, mkdtempSync(join(tmpdir(), 'auki-bench-log-')))
    const address = await pair.#producer.call({ order: 'open', lane, role: 'producer' })
    const identity = await pair.#consumer.call({ order: 'open', lane, role: 'consumer' })
    await pair.#producer.call({ order: 'admit', with: identity })
    await pair.#consumer.call({ order: 'connect', with: address })
    return pair
  }

  async measure({ load, warmUpMs, windowMs }: Measure): Promise<Window> {
    const noteEvery = Math.max(1, Math.ceil((load.perSecond ?? 0) / 50_000))
    await this.#producer.call({ order: 'start', load })
    await this.#consumer.call({ order: 'subscribe', bytes: load.bytes, noteEvery })
    await pause(warmUpMs)
    await this.#consumer.call({ order: 'latencies' })
    const begin = await this.#mark()
    await pause(windowMs)
    const end = await this.#mark()
    const latenciesNs = await this.#consumer.call<Float64Array>({ order: 'latencies' })
    await this.#producer.call({ order: 'stop' })
    await this.#consumer.call({ order: 'stop' })
    const [[producer0, consumer0, serverCpuS0], [producer, consumer, serverCpuS]] = [begin, end]
    const entries = consumer.entries - consumer0.entries
    return {
      entries,
      entriesPerSecond: entries / ((consumer.atNs - consumer0.atNs) / 1e9),
      cpuSeconds: (producer.cpuUs - producer0.cpuUs + consumer.cpuUs - consumer0.cpuUs) / 1e6 + serverCpuS - serverCpuS0,
      queuedBytesMax: producer.queuedBytesMax,
      peakRssBytes: Math.max(producer.peakRssBytes, consumer.peakRssBytes),
      latenciesNs
    }
  }

  #mark(): Promise<[Mark, Mark, number]> {
    const of = (side: Program<Order>) => side.call<Mark>({ order: 'mark' })
    return Promise.all([of(this.#producer), of(this.#consumer), this.#server?.cpuSeconds() ?? 0])
  }

  [Symbol.dispose](): void {
    this.#producer.kill()
    this.#consumer.kill()
    rmSync(this.#directory, { recursive: true, force: true })
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
