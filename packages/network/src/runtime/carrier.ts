/**
 * One heartbeat carrier: a substream on which both sides write heartbeats.
 *
 * Reading and writing are independent: a blocked write never stops reading. A late heartbeat delays the next one, and missed ones are not made up for, so
 * there is never a burst.
 */
import { toError } from '@auki/canonical'
import { type ClockSample, ntpSample } from '@auki/time'
import type { RuntimeEnv } from '../exchange/env.ts'
import { ResetError } from '../exchange/exchange-errors.ts'
import type { Reading } from '../exchange/reading.ts'
import type { Substream } from '../exchange/substream.ts'
import { decodeError } from '../protocols/codec-errors.ts'
import { encodeFrame, FrameReader } from '../protocols/frame.ts'
import * as heartbeat from '../protocols/heartbeat.ts'
import { u64Max } from '../protocols/json-frame.ts'
import { arrivalOn } from '../swarm/turns/arrival.ts'
import type { HeartbeatSource } from './peer-runtime.ts'

/** What a carrier tells its owner. */
export interface CarrierSink {
  /** A beat came in; `sample` when it answered one of ours. */
  received(frame: heartbeat.HeartbeatFrame, receivedAtClockNs: bigint, sample: ClockSample | undefined): void
  stalled(waitedMs: number): void
  /** Once, when it ended by itself and not by `stop`. */
  ended(): void
}

export interface CarrierInit {
  readonly env: RuntimeEnv
  readonly source: HeartbeatSource
  readonly peerId: string
  readonly substream: Substream
  readonly sink: CarrierSink
  readonly reading: Pick<Reading, 'restMs' | 'charge'>
}

export class Carrier {
  readonly #init: CarrierInit
  readonly #reader = new FrameReader(heartbeat.protocol.frames)
  readonly #over = new AbortController()
  /** When the last heartbeats were sent: sequence number to reading of our clock (ns), oldest first. */
  readonly #sent = new Map<bigint, bigint>()
  #sequence = 0n
  #echo: heartbeat.HeartbeatEcho | undefined
  #unlisten = () => {}
  #cancelBeat = () => {}
  #toldDropped = false
  /** The newest heartbeat that arrived while the peer was not to be read. */
  #held: { readonly payload: Uint8Array; readonly receivedAt: bigint } | undefined
  #cancelRest = () => {}
  #clockId: string | undefined

  constructor(init: CarrierInit) {
    this.#init = init
  }

  /** Begins to listen, and writes the first heartbeat at once. */
  start(): void {
    this.#unlisten = this.#init.substream.listen({
      chunk: (bytes) => this.#onChunk(bytes),
      end: (error) => this.#end(error ?? new ResetError('the peer closed the carrier'))
    })
    this.#beat()
  }

  /** Resets it; the owner is not told. */
  stop(reason: Error): void {
    if (this.#over.signal.aborted) return
    this.#over.abort(reason)
    this.#unlisten()
    this.#cancelBeat()
    this.#cancelRest()
    this.#init.substream.reset(reason)
  }

  #end(reason: Error): void {
    if (this.#over.signal.aborted) return
    this.stop(reason)
    this.#init.env.log('debug', `a heartbeat carrier ended: ${reason.message}`)
    this.#init.sink.ended()
  }

  #onChunk(bytes: Uint8Array): void {
    const receivedAt = arrivalOn(() => this.#init.source.nowNs())
    try {
      this.#reader.push(bytes)
      for (let payload = this.#reader.next(); payload; payload = this.#reader.next()) {
        if (this.#over.signal.aborted) return
        this.#take(payload, receivedAt)
      }
    } catch (error) {
      this.#end(toError(error))
    }
  }

  /** While the peer is not to be read, only the newest of its heartbeats is kept, and decoded when the rest is over. */
  #take(payload: Uint8Array, receivedAt: bigint): void {
    const { env, reading, peerId } = this.#init
    const restMs = Math.min(reading.restMs(peerId), env.limits.heartbeatIntervalMs)
    if (restMs === 0 && this.#held === undefined) return this.#decode(payload, receivedAt)
    if (this.#held === undefined) this.#cancelRest = env.timers.after(restMs, () => this.#takeHeld())
    this.#held = { payload, receivedAt }
  }

  #takeHeld(): void {
    const { payload, receivedAt } = this.#held!
    this.#held = undefined
    try {
      this.#decode(payload, receivedAt)
    } catch (error) {
      this.#end(toError(error))
    }
  }

  #decode(payload: Uint8Array, receivedAt: bigint): void {
    this.#init.reading.charge(this.#init.peerId, () => this.#received(heartbeat.decode(payload), receivedAt))
  }

  #received(frame: heartbeat.HeartbeatFrame, receivedAt: bigint): void {
    this.#clockId ??= frame.clockId
    if (frame.clockId !== this.#clockId) throw decodeError('a carrier has one clock, and the beat names another')
    this.#echo = { sequence: frame.sequence, receivedAtClockNs: receivedAt }
    this.#init.sink.received(frame, receivedAt, this.#sampleOf(frame, receivedAt))
  }

  /** Remote minus local clock: where the heartbeat is the first to echo one that we remember, and the four readings don't contradict each other. */
  #sampleOf({ echo, sentAtClockNs }: heartbeat.HeartbeatFrame, receivedAt: bigint): ClockSample | undefined {
    const sentAt = echo && this.#sent.get(echo.sequence)
    if (sentAt === undefined) return undefined
    this.#sent.delete(echo!.sequence)
    try {
      return ntpSample(sentAt, echo!.receivedAtClockNs, sentAtClockNs, receivedAt, this.#init.source.resolutionNs)
    } catch {
      return undefined
    }
  }

  /** Writes one beat and plans the next, an interval after this one began. */
  #beat(): void {
    const { timers, limits } = this.#init.env
    const began = timers.monoMs()
    const next = () => {
      if (this.#over.signal.aborted) return
      this.#cancelBeat = timers.after(Math.max(0, began + limits.heartbeatIntervalMs - timers.monoMs()), () => this.#beat())
    }
    const writing = this.#write()
    if (this.#init.substream.flushed) {
      writing.catch((error) => this.#end(toError(error)))
      next()
      return
    }
    const cancelWarning = timers.after(limits.heartbeatStallMs, () => this.#init.sink.stalled(Math.round(timers.monoMs() - began)))
    writing.then(next, (error) => this.#end(toError(error))).finally(cancelWarning)
  }

  /** Prefix and payload in one write, the clock read just before; resolves when the transport has taken it. */
  async #write(): Promise<void> {
    const { payload, dropped } = heartbeat.encodeFitted(this.#nextFrame())
    if (dropped.length > 0 && !this.#toldDropped) {
      this.#toldDropped = true
      this.#init.env.log('warn', `our heartbeats do not fit their frame and go out without ${dropped.join(', ')}; use shorter names`)
    }
    await this.#init.substream.write(encodeFrame(payload, heartbeat.FRAME_BYTES_MAX), this.#over.signal)
  }

  #nextFrame(): heartbeat.HeartbeatFrame {
    const echo = this.#echo
    this.#echo = undefined
    this.#sequence = this.#sequence === u64Max ? 1n : this.#sequence + 1n
    const domainClock = this.#init.source.domainClock()
    const membership = this.#init.source.membershipVersion()
    const instance = this.#init.source.instance()
    const sentAtClockNs = this.#init.source.nowNs()
    this.#sent.set(this.#sequence, sentAtClockNs)
    if (this.#sent.size > this.#init.env.limits.heartbeatSentMax) this.#sent.delete(this.#sent.keys().next().value!)
    return {
      sentAtUnixNs: this.#init.source.utcNowNs(),
      clockId: this.#init.source.clockId,
      clockHash: this.#init.source.clockHash,
      sequence: this.#sequence,
      sentAtClockNs,
      ...(echo ? { echo } : {}),
      ...(domainClock ? { domainClock } : {}),
      ...(membership ? { membership } : {}),
      ...(instance === undefined ? {} : { instance })
    }
  }
}
