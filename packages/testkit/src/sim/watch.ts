/** The watch of one process on its cluster's row: opens again when it breaks, takes 12 s of silence for a break. */
import { rowOf } from './client.ts'
import type { Event } from './core.ts'
import type { ProcessLoop } from './loop.ts'
import type { Random } from './random.ts'
import type { DiscoveryService, Subscriber, WatchNews } from './service.ts'
import type { Wire } from './wire.ts'

export interface WatchOwner {
  readonly machine: number
  readonly loop: ProcessLoop
  post(event: Event): void
}

const silenceMs = 12_000
const pauseMs = { first: 500, max: 10_000, jitter: 0.25 }

interface WatchNeeds {
  readonly service: DiscoveryService
  readonly wire: Wire
  readonly random: Random
  readonly lateMs: number
}

export class WatchClient {
  readonly #owner: WatchOwner
  readonly #service: DiscoveryService
  readonly #wire: Wire
  readonly #random: Random
  readonly #lateMs: number
  #name: string | undefined
  #subscriber: Subscriber | undefined
  #up = false
  #heardAt = 0
  #pause = pauseMs.first

  constructor(owner: WatchOwner, { service, wire, random, lateMs }: WatchNeeds) {
    this.#owner = owner
    this.#service = service
    this.#wire = wire
    this.#random = random
    this.#lateMs = lateMs
  }

  open(name: string): void {
    this.close()
    this.#name = name
    this.#connect()
  }

  close(): void {
    this.#name = undefined
    this.#up = false
    this.#drop()
  }

  #connect(): void {
    const name = this.#name
    if (name === undefined) return
    const inLoop = (run: () => void): void => this.#owner.loop.deliver(() => this.#subscriber === subscriber && run())
    const subscriber: Subscriber = {
      machine: this.#owner.machine,
      name,
      lane: { lastArrival: 0 },
      lateMs: this.#lateMs,
      news: (news) => inLoop(() => this.#news(news)),
      closed: () => inLoop(() => this.#broken())
    }
    this.#subscriber = subscriber
    this.#heardAt = this.#owner.loop.mono()
    this.#wire.send(this.#owner.machine, this.#service.machine, () => {
      if (this.#subscriber === subscriber) this.#service.subscribe(subscriber)
    })
    this.#listenFor(subscriber, silenceMs)
  }

  #listenFor(subscriber: Subscriber, ms: number): void {
    this.#owner.loop.after(ms, () => {
      if (this.#subscriber !== subscriber) return
      const quietMs = this.#owner.loop.mono() - this.#heardAt
      if (quietMs >= silenceMs) this.#broken()
      else this.#listenFor(subscriber, silenceMs - quietMs)
    })
  }

  #news(news: WatchNews): void {
    this.#heardAt = this.#owner.loop.mono()
    switch (news.type) {
      case 'snapshot':
        this.#up = true
        this.#pause = pauseMs.first
        this.#owner.post({ type: 'watch-up' })
        return this.#owner.post(news.row === undefined ? { type: 'watch-snapshot' } : { type: 'watch-snapshot', row: rowOf(news.row) })
      case 'comment':
      case 'refreshed':
        return
      default:
        return this.#owner.post({ type: 'watch-changed', change: news.type, row: rowOf(news.row) })
    }
  }

  #broken(): void {
    this.#drop()
    const wasUp = this.#up
    this.#up = false
    const pause = this.#pause * this.#random.between(1 - pauseMs.jitter, 1 + pauseMs.jitter)
    this.#pause = Math.min(2 * this.#pause, pauseMs.max)
    const name = this.#name
    this.#owner.loop.after(pause, () => {
      if (this.#name === name && this.#subscriber === undefined) this.#connect()
    })
    if (wasUp) this.#owner.post({ type: 'watch-down' })
  }

  #drop(): void {
    if (this.#subscriber !== undefined) this.#service.unsubscribe(this.#subscriber)
    this.#subscriber = undefined
  }
}
