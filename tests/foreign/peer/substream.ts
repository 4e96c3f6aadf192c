/** One substream, as bytes: what came, frame by frame, and how it ended. */
import type { Stream } from '@libp2p/interface'
import { Bell } from './waiting.ts'
import { joined } from './wire.ts'

export const protocols = {
  join: '/auki/join/0.0.1',
  leave: '/auki/leave/0.0.1',
  membership: '/auki/membership/0.0.1',
  heartbeat: '/auki/heartbeat/0.0.1',
  info: '/auki/info/0.0.1',
  registries: '/auki/registries/0.2.0',
  resources: '/auki/resources/0.2.0',
  diagnostic: '/auki/diagnostic/0.0.1',
  stream: '/auki/stream/0.2.0',
  clock: '/auki/clock/0.0.1'
} as const

export type ProtocolName = keyof typeof protocols

/** How the other side ended it: `closed` after everything it wrote, `reset` at once. */
export type Ending = 'closed' | 'reset'

export class ForeignSubstream {
  readonly stream: Stream
  readonly #bell = new Bell()
  #held: Uint8Array = new Uint8Array(0)

  constructor(stream: Stream) {
    this.stream = stream
    stream.addEventListener('message', ({ data }: { data: Uint8Array | Iterable<Uint8Array> }) => {
      this.#held = joined(this.#held, ...(data instanceof Uint8Array ? [data] : data))
      this.#bell.ring()
    })
    // The end may be told before the last bytes are.
    const look = (): void => queueMicrotask(() => this.#bell.ring())
    for (const event of ['remoteCloseWrite', 'end', 'close'] as const) stream.addEventListener(event, look)
  }

  /** Bytes that came and were not read. */
  get unread(): Uint8Array {
    return this.#held
  }

  get ending(): Ending | undefined {
    const { status, remoteWriteStatus, readBufferLength } = this.stream
    if (status === 'reset' || status === 'aborted') return 'reset'
    return remoteWriteStatus === 'closed' && readBufferLength === 0 ? 'closed' : undefined
  }

  send(bytes: Uint8Array): void {
    this.stream.send(bytes)
  }

  /** The next payload. @throws Error when the other side ends before it is whole. */
  async frame(withinMs?: number): Promise<Uint8Array> {
    const payload = await this.frameOrEnd(withinMs)
    if (payload === undefined) throw new Error(`${this.stream.protocol} was ${this.ending}, after ${this.#held.length} bytes of a frame`)
    return payload
  }

  /** The next payload; `undefined` when the other side has ended before it was whole. */
  async frameOrEnd(withinMs?: number): Promise<Uint8Array | undefined> {
    const what = `a frame of ${this.stream.protocol}`
    const found = await this.#bell.until(what, () => this.#take() ?? (this.ending && 'over'), withinMs)
    return found === 'over' ? undefined : found
  }

  /** How the other side ends it. */
  ended(withinMs?: number): Promise<Ending> {
    return this.#bell.until(`the end of ${this.stream.protocol}`, () => this.ending, withinMs)
  }

  /** Nothing more from here; the other side may still speak. */
  close(): void {
    this.stream.close().catch(() => {})
  }

  abort(): void {
    this.stream.abort(new Error('given up by the foreign peer'))
  }

  #take(): Uint8Array | undefined {
    const held = this.#held
    if (held.length < 4) return undefined
    const end = 4 + new DataView(held.buffer, held.byteOffset).getUint32(0)
    if (held.length < end) return undefined
    this.#held = held.slice(end)
    return held.slice(4, end)
  }
}
