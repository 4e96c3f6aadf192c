/** What a peer that follows the reference's rules asks with, and how it goes on when it is answered. */
import type { ClusterDocument } from '@auki/domain/core'
import type { Core, Effect, Event, JoinOutcome, Member, Now, PeerId, Row } from './core.ts'

export type Only<T extends Event['type']> = Extract<Event, { type: T }>
type Init = Parameters<Core['initialState']>[0]
type TimerName = 'tick' | 'scan' | 'recheck' | 'connect' | 'leave'

const requestMs = 2_000

export class ReferenceShell {
  document: ClusterDocument
  protected readonly init: Init
  protected readonly connected = new Set<PeerId>()
  protected now: Now
  protected effects: Effect[] = []
  readonly #answers = new Map<number, (event: never) => void>()
  readonly #timers = new Map<TimerName, { readonly at: number; readonly run: () => void }>()
  #lastNo = 0
  /** Goes on once this peer is connected. */
  #awaited: { readonly peer: PeerId; readonly run: () => void } | undefined

  constructor(init: Init, now: Now) {
    const { target } = init
    this.init = init
    this.now = now
    this.document = { clusterName: target.kind === 'mostRecentOrCreate' ? target.fallbackName : target.name, order: undefined, peers: [] }
  }

  /** Monotonic ms of the next timer. */
  deadline(): number {
    return Math.min(Number.POSITIVE_INFINITY, ...[...this.#timers.values()].map(({ at }) => at))
  }

  protected get me(): PeerId {
    return this.init.self.peerId
  }

  protected others(): PeerId[] {
    return this.document.peers.map(({ peerId }) => peerId).filter((peer) => peer !== this.me)
  }

  protected emit(effect: Effect): void {
    this.effects.push(effect)
  }

  protected after(name: TimerName, ms: number, run: () => void): void {
    this.#timers.set(name, { at: this.now.monoMs + ms, run })
  }

  protected cancel(name: TimerName): void {
    this.#timers.delete(name)
  }

  protected runDue(): void {
    for (const [name, timer] of [...this.#timers]) {
      if (timer.at > this.now.monoMs || this.#timers.get(name) !== timer) continue
      this.#timers.delete(name)
      timer.run()
    }
  }

  /** The number of a question whose answer runs `run`. */
  protected expect<E extends Event>(run: (event: E) => void): number {
    this.#answers.set(++this.#lastNo, run)
    return this.#lastNo
  }

  protected answered(event: Event): void {
    if (!('no' in event)) return
    const run = this.#answers.get(event.no)
    this.#answers.delete(event.no)
    run?.(event as never)
  }

  /** Answers to what was asked so far come to nothing. */
  protected forgetQuestions(): void {
    this.#answers.clear()
  }

  /** The row, nothing, or why nobody knows. */
  protected read(then: (row: Row | undefined, trouble: string | undefined) => void): void {
    const no = this.expect(({ outcome }: Only<'row-read'>) =>
      then(outcome.kind === 'row' ? outcome.row : undefined, outcome.kind === 'trouble' ? outcome.reason : undefined)
    )
    this.emit({ type: 'read-row', no, name: this.document.clusterName, timeoutMs: requestMs })
  }

  protected create(then: (outcome: Only<'row-created'>['outcome']) => void): void {
    const no = this.expect(({ outcome }: Only<'row-created'>) => then(outcome))
    this.emit({ type: 'create-row', no, name: this.document.clusterName, relayMultiaddrs: [], timeoutMs: requestMs })
  }

  /** Whatever is there by then is overwritten. */
  protected rotate(then: (outcome: Only<'row-rotated'>['outcome']) => void): void {
    const no = this.expect(({ outcome }: Only<'row-rotated'>) => then(outcome))
    this.emit({
      type: 'rotate-row',
      no,
      name: this.document.clusterName,
      revision: undefined,
      relayMultiaddrs: [],
      timeoutMs: requestMs
    })
  }

  protected refresh(timeoutMs: number, then: (outcome: Only<'row-refreshed'>['outcome']) => void): void {
    const no = this.expect(({ outcome }: Only<'row-refreshed'>) => then(outcome))
    const peerCount = this.document.peers.length
    this.emit({ type: 'refresh-row', no, name: this.document.clusterName, revision: undefined, peerCount, timeoutMs })
  }

  /** Members and one more are let in. */
  protected allow(extra?: Member): void {
    const listed = this.document.peers.filter(({ peerId }) => peerId !== this.me && peerId !== extra?.peerId)
    const members = extra === undefined ? listed : [...listed, extra]
    for (const peer of [...this.connected]) if (!members.some(({ peerId }) => peerId === peer)) this.connected.delete(peer)
    this.emit({ type: 'set-allowed', members })
  }

  protected connectedTo(peer: PeerId): void {
    this.connected.add(peer)
    if (this.#awaited?.peer === peer) this.#awaited.run()
  }

  /** Connects to the row's Manager and asks to be let in. */
  protected knock({ manager, multiaddrs }: Row, withinMs: number, done: (outcome: JoinOutcome) => void): void {
    const ask = (): void => {
      this.stopKnocking()
      const no = this.expect(({ outcome }: Only<'join-answered'>) => done(outcome))
      this.emit({ type: 'request-join', no, peer: manager, clusterName: this.document.clusterName })
    }
    this.allow({ peerId: manager, multiaddrs })
    if (this.connected.has(manager)) return ask()
    this.#awaited = { peer: manager, run: ask }
    this.after('connect', withinMs, () => {
      this.stopKnocking()
      done({ kind: 'failed', reason: 'no connection', timedOut: true })
    })
    this.emit({ type: 'dial', peer: manager })
  }

  protected stopKnocking(): void {
    this.#awaited = undefined
    this.cancel('connect')
  }
}
