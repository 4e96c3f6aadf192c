/** `/auki/heartbeat/0.0.1` from the other side: beats, echoes, and judges each beat that comes. */
import type { ForeignSubstream } from './substream.ts'
import { Feed } from './waiting.ts'
import { frame, readCompactJson, type Tree, textOf, writeJson } from './wire.ts'

export interface Beat {
  readonly text: string
  readonly fields: Tree
}

export interface CarrierInit {
  readonly clockId: string
  readonly clockHash: string
  readonly nowNs: () => bigint
  /** As a Manager would advertise it; `undefined`: nothing. */
  readonly domainClock: () => Tree | undefined
  /** Whether it beats no more, though nothing was closed. */
  readonly hangs: () => boolean
}

/** Slower than the 500 ms of our peers: some of their beats have nothing to echo. */
const intervalMs = 700
const frameBytesMax = 1_024
const required = { sent_at_unix_ns: 'bigint', clock_id: 'string', clock_hash: 'string', sequence: 'bigint', sent_at_clock_ns: 'bigint' }
const domainClockKeys = [
  ...['cluster_name', 'domain_clock_id', 'domain_clock_hash', 'backing_peer_id', 'backing_clock_id', 'backing_clock_hash'],
  ...['backing_to_domain_offset_ns', 'backing_to_domain_uncertainty_ns']
]

export class ForeignCarrier {
  readonly beats = new Feed<Beat>()
  /** What was wrong with the beats that came. */
  readonly faults: string[] = []
  /** Resolves when it is over, from whichever side. */
  readonly over: Promise<void>
  readonly #init: CarrierInit
  readonly #substream: ForeignSubstream
  #sequence = 0n
  #echo: Tree | undefined
  readonly #echoed = new Set<bigint>()
  #beating: NodeJS.Timeout | undefined
  #stopped = false

  constructor(substream: ForeignSubstream, init: CarrierInit) {
    this.#init = init
    this.#substream = substream
    this.over = this.#read().finally(() => this.#end())
    this.#beat()
  }

  #end(): void {
    this.#stopped = true
    clearInterval(this.#beating)
  }

  #beat(): void {
    this.#write()
    this.#beating = setInterval(() => this.#write(), intervalMs)
  }

  #write(): void {
    if (this.#stopped || this.#init.hangs() || this.#substream.stream.writeStatus !== 'writable') return
    const { clockId, clockHash, nowNs, domainClock } = this.#init
    this.#sequence++
    const beat = {
      sent_at_unix_ns: BigInt(Date.now()) * 1_000_000n,
      clock_id: clockId,
      clock_hash: clockHash,
      sequence: this.#sequence,
      sent_at_clock_ns: nowNs(),
      echo: this.#echo,
      domain_clock: domainClock(),
      signal_strength: -61n // a key of some later version
    }
    this.#echo = undefined
    this.#substream.send(frame(writeJson(beat)))
  }

  async #read(): Promise<void> {
    for (;;) {
      // A carrier may be silent for longer than a test waits for anything else.
      const payload = await this.#substream.frameOrEnd(120_000)
      if (payload === undefined) return
      const receivedAt = this.#init.nowNs()
      const fields = this.#judged(payload)
      this.#echo = { sequence: fields.sequence, received_at_clock_ns: receivedAt }
      this.beats.push({ text: textOf(payload), fields })
    }
  }

  #judged(payload: Uint8Array): Tree {
    const fields = readCompactJson(payload)
    const fault = (what: string): number => this.faults.push(`${what}: ${textOf(payload)}`)
    if (payload.length > frameBytesMax) fault(`${payload.length} bytes`)
    for (const [key, type] of Object.entries(required)) if (typeof fields[key] !== type) fault(`${key} is not a ${type}`)
    const keys = [...Object.keys(required), 'echo', 'domain_clock', 'membership', 'instance']
    for (const key of Object.keys(fields)) if (!keys.includes(key) || fields[key] === null) fault(`the key ${key}`)
    if (fields.sequence !== BigInt(this.beats.all.length + 1)) fault(`not the ${this.beats.all.length + 1}th beat`)
    if (fields.echo !== undefined) this.#judgeEcho(fields.echo, fault)
    for (const key of Object.keys(fields.domain_clock ?? {})) if (!domainClockKeys.includes(key)) fault(`the key domain_clock.${key}`)
    return fields
  }

  #judgeEcho(echo: Tree, fault: (what: string) => void): void {
    const { sequence, received_at_clock_ns: receivedAt } = echo
    if (Object.keys(echo).length !== 2 || typeof receivedAt !== 'bigint') fault('an echo of other fields')
    if (!(sequence >= 1n && sequence <= this.#sequence)) fault('an echo of what was not sent')
    if (this.#echoed.has(sequence)) fault('the same echo twice')
    this.#echoed.add(sequence)
  }
}
