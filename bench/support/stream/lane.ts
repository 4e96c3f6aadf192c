/** What the benched transports have in common: a producer's side and a consumer's side, each in a process of its own. */

/** What to send. */
export interface Load {
  readonly bytes: number
  /** Entries a second; `undefined`: as fast as the transport takes them. */
  readonly perSecond: number | undefined
}

export interface ProducerSide {
  /** What the consumer needs to know to reach it. */
  readonly address: unknown
  /** Lets the consumer in; resolves when it may subscribe. */
  admit(consumer: unknown): Promise<void>
  /** Sends to whoever subscribes, until {@link stop}. */
  start(load: Load): void
  stop(): Promise<void>
  /** Bytes that wait to be sent: the most there were in a substream, and what there is now in sockets. */
  queuedBytes(): number
}

export interface ConsumerSide {
  /** What the producer needs to know to let it in. */
  readonly identity: unknown
  /** Connects, once the producer would let us in. */
  connect(address: unknown): Promise<void>
  /** Subscribes; every entry is counted, its first 8 bytes are handed over. */
  subscribe(bytes: number, meter: Meter): Promise<void>
  unsubscribe(): Promise<void>
}

export interface Lane {
  produce(): Promise<ProducerSide>
  consume(): Promise<ConsumerSide>
}

/** ns on the machine's monotonic clock, which all its processes share. */
export const nowNs = (): number => Number(process.hrtime.bigint())

/** Counts entries and notes how old they are. */
export class Meter {
  entries = 0
  readonly latenciesNs: number[] = []
  readonly #noteEvery: number
  readonly #view = new DataView(new ArrayBuffer(8))

  /** One of so many is noted, so that noting costs nothing at a million entries a second. */
  constructor(noteEvery: number) {
    this.#noteEvery = noteEvery
  }

  /** An entry of which the first bytes are the time it was sent at; 0: it does not say. */
  entry(head: Uint8Array): void {
    this.entries++
    if (head[0] === 0 || this.entries % this.#noteEvery !== 0) return
    for (let i = 0; i < 8; i++) this.#view.setUint8(i, head[i]!)
    this.latenciesNs.push(nowNs() - this.#view.getFloat64(0))
  }
}

/** Calls `send` with every entry that is due, in turns of a millisecond, and says in each when it was sent. The returned function ends it. */
export function pace({ bytes, perSecond }: Load & { readonly perSecond: number }, send: (payload: Uint8Array) => void): () => void {
  const startNs = nowNs()
  let sent = 0
  const timer = setInterval(() => {
    const due = ((nowNs() - startNs) / 1e9) * perSecond
    // All of one turn are the same: what is measured is not how fast payloads are made.
    const payload = new Uint8Array(bytes)
    new DataView(payload.buffer).setFloat64(0, nowNs())
    for (; sent < due; sent++) send(payload)
  }, 1)
  return () => clearInterval(timer)
}

/** The load with its rate, when it has one. */
export const paced = (load: Load): load is Load & { readonly perSecond: number } => load.perSecond !== undefined
