/** A producer and a consumer, each in a process of its own, run from bundled code as an app would be: no sources to strip, no loader in memory. */
import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { reap } from '../reap.ts'
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

class Side {
  readonly #child: ChildProcess
  readonly #asked = new Map<number, PromiseWithResolvers<unknown>>()
  #no = 0

  constructor(natsPort: number | undefined) {
    this.#child = fork(bundle, { serialization: 'advanced', env: { ...process.env, BENCH_NATS_PORT: String(natsPort) } })
    reap(this.#child)
    this.#child.on('message', (message) => {
      const { no, answer, error } = message as { no: number; answer: unknown; error?: string }
      if (error === undefined) this.#asked.get(no)!.resolve(answer)
      else this.#asked.get(no)!.reject(new Error(error))
    })
    this.#child.on('exit', (code) => {
      for (const { reject } of this.#asked.values()) reject(new Error(`a process of the bench ended with ${code}`))
    })
  }

  async tell<T = unknown>(order: Order): Promise<T> {
    const no = ++this.#no
    const answer = Promise.withResolvers<unknown>()
    this.#asked.set(no, answer)
    this.#child.send({ no, ...order })
    const told = await answer.promise
    this.#asked.delete(no)
    return told as T
  }

  end(): void {
    this.#child.kill('SIGKILL')
  }
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
  readonly #producer: Side
  readonly #consumer: Side
  readonly #server: NatsServer | undefined

  private constructor(server: NatsServer | undefined) {
    this.#producer = new Side(server?.port)
    this.#consumer = new Side(server?.port)
    this.#server = server
  }

  /** `server`: what stands between the two. */
  static async open(lane: string, server?: NatsServer): Promise<Pair> {
    const pair = new Pair(server)
    const address = await pair.#producer.tell({ order: 'open', lane, role: 'producer' })
    const identity = await pair.#consumer.tell({ order: 'open', lane, role: 'consumer' })
    await pair.#producer.tell({ order: 'admit', with: identity })
    await pair.#consumer.tell({ order: 'connect', with: address })
    return pair
  }

  async measure({ load, warmUpMs, windowMs }: Measure): Promise<Window> {
    const noteEvery = Math.max(1, Math.ceil((load.perSecond ?? 0) / 50_000))
    await this.#producer.tell({ order: 'start', load })
    await this.#consumer.tell({ order: 'subscribe', bytes: load.bytes, noteEvery })
    await pause(warmUpMs)
    await this.#consumer.tell({ order: 'latencies' })
    const begin = await this.#mark()
    await pause(windowMs)
    const end = await this.#mark()
    const latenciesNs = await this.#consumer.tell<Float64Array>({ order: 'latencies' })
    await this.#producer.tell({ order: 'stop' })
    await this.#consumer.tell({ order: 'stop' })
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
    const of = (side: Side) => side.tell<Mark>({ order: 'mark' })
    return Promise.all([of(this.#producer), of(this.#consumer), this.#server?.cpuSeconds() ?? 0])
  }

  [Symbol.dispose](): void {
    this.#producer.end()
    this.#consumer.end()
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
