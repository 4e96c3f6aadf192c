/** Two runtimes that know each other, a source that the test feeds, and a producer that says whatever bytes the test wants. */
import {
  emptyManifest,
  type StreamDispatch,
  type StreamItem,
  type StreamManifest,
  type StreamProvider,
  type StreamSubscription
} from '@auki/network'
import { befriend, startPeer, type TestPeer, type TestPeerInit } from '../../packages/network/src/testing/peers.ts'
import { Bell } from '../foreign/peer/waiting.ts'

export const protocol = '/auki/stream/0.2.0'
export const manifest: StreamManifest = {
  ...emptyManifest,
  ...{ sensorId: 'cam', sensorHash: 'sh', clockId: 'clock', clockHash: 'ch', resourceId: 'cam' }
}

export interface Pair {
  readonly producer: TestPeer
  readonly consumer: TestPeer
}

/** A producer with this provider, and a consumer; members of each other and connected. */
export async function pair(streamProvider: StreamProvider, producer: TestPeerInit = {}, consumer: TestPeerInit = {}): Promise<Pair> {
  const both = { producer: await startPeer({ ...producer, streamProvider }), consumer: await startPeer(consumer) }
  await befriend(both.producer, both.consumer)
  return both
}

/** Entries of bytes that the test hands out; knows whether the runtime still wants them. */
export class Camera implements AsyncIterable<StreamItem<'bytes'>> {
  /** How often an item was asked for. */
  asked = 0
  /** The runtime has told the source that nobody is left. */
  returned = false
  readonly #items: StreamItem<'bytes'>[] = []
  readonly #bell = new Bell()
  #over: 'finished' | Error | undefined

  push(...payloads: Uint8Array[]): this {
    this.#items.push(...payloads.map((payload) => ({ timestampNs: 0n, payload })))
    this.#bell.ring()
    return this
  }

  finish(error?: Error): this {
    this.#over = error ?? 'finished'
    this.#bell.ring()
    return this
  }

  async wasReturned(): Promise<void> {
    await this.#bell.until('the source to be told', () => this.returned || undefined)
  }

  [Symbol.asyncIterator](): AsyncIterator<StreamItem<'bytes'>> {
    return {
      next: async () => {
        this.asked++
        const found = await this.#bell.until(
          'an item',
          () => this.#items.shift() ?? this.#over ?? (this.returned ? 'finished' : undefined),
          60_000
        )
        if (found instanceof Error) throw found
        return found === 'finished' ? { done: true, value: undefined } : { done: false, value: found }
      },
      return: async () => {
        this.returned = true
        this.#bell.ring()
        return { done: true, value: undefined }
      }
    }
  }
}

/** The answer that serves this source. */
export const serve = (source: AsyncIterable<StreamItem<'bytes'>>, keep?: 'all' | 'latest'): StreamDispatch => ({
  accept: { kind: 'bytes', manifest, source, ...(keep && { keep }) }
})

/** A provider that serves one source, whatever is asked. */
export const serving =
  (source: AsyncIterable<StreamItem<'bytes'>>, keep?: 'all' | 'latest'): StreamProvider =>
  () =>
    serve(source, keep)

export const open = ({ producer, consumer }: Pair, ...options: unknown[]): Promise<StreamSubscription<'bytes'>> =>
  consumer.runtime.openStream(producer.peerId, { resourceId: 'cam' }, 'bytes', ...(options as []))

export interface Got {
  readonly seq: bigint
  readonly timestampNs: bigint
  readonly bytes: number
}

/** What a reader gets, in full, and how it ends for it; `entries` fills meanwhile. */
export async function readAll(subscription: StreamSubscription<'bytes'>, entries: Got[] = []) {
  let thrown: unknown
  try {
    for await (const { seq, timestampNs, payload } of subscription) entries.push({ seq, timestampNs, bytes: payload.length })
  } catch (error) {
    thrown = error
  }
  return { entries, thrown, ended: await subscription.ended }
}

/** All there is, to the end. */
export async function listOf<T>(things: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const thing of things) list.push(thing)
  return list
}
