/** How a core behaves towards its shell and towards Discovery: it never throws, never spins, never waits without a deadline, never asks too much. */
import type { Docket } from './checks.ts'
import type { Effect, Event, Now, PeerId, State } from './core.ts'
import type { Process } from './process.ts'

interface Record {
  lastNo: number
  /** Open JoinRequests: whose, and when each came, monotonic ms. */
  readonly tickets: Map<number, { readonly peer: PeerId; readonly atMono: number }>
  /** True times of the latest requests to Discovery. */
  readonly asked: number[]
  wakes: number
  wakesSince: number
  outcome: 'none' | 'joined' | 'failed' | 'ended'
  leaveCalledMono: number | undefined
}

/** Requests to Discovery: at most this many in any window of this length. */
export const askedMax = 25
export const askedWindowMs = 10_000
/** Forged documents may ask for more: three kinds of looks, each once a second. */
const askedOfLiarsMax = 60
const wakesPerSecondMax = 300
const deadlineMaxMs = 80_000
const decisionMaxMs = 10_000
const leaveMaxMs = 2_600

export class MannersCheck {
  readonly #docket: Docket
  readonly #records = new WeakMap<Process, Record>()
  /** The busiest ten seconds of any peer. */
  busiest = 0

  constructor(docket: Docket) {
    this.#docket = docket
  }

  threw(process: Process, what: { readonly type: string }, error: unknown): void {
    this.#docket.report('never-throws', process, `on ${what.type}: ${error instanceof Error ? error.stack : String(error)}`)
  }

  asked(process: Process): void {
    const { asked } = this.#recordOf(process)
    const { queue, liars } = this.#docket.world
    asked.push(queue.now)
    while (asked[0]! <= queue.now - askedWindowMs) asked.shift()
    if (asked.length > this.busiest) this.busiest = asked.length
    const most = liars.size === 0 ? askedMax : askedOfLiarsMax
    if (asked.length > most) this.#docket.report('discovery-rate', process, `more than ${most} requests in ${askedWindowMs} ms`)
  }

  stepped(process: Process, event: Event, before: State, effects: readonly Effect[], _now: Now): void {
    const record = this.#recordOf(process)
    if (event.type === 'join-requested') record.tickets.set(event.ticket, { peer: event.peer, atMono: process.loop.mono() })
    if (event.type === 'leave-called') record.leaveCalledMono ??= process.loop.mono()
    if (event.type === 'woken') this.#countWake(process, record)
    for (const effect of effects) this.#checkEffect(process, record, effect)
    if (process.state.role !== before.role) this.#checkDeadline(process)
    if (effects.length > 0 && before.role.kind === 'ended')
      this.#docket.report('quiet-after-end', process, `${effects[0]!.type} after the end`)
  }

  stopped(process: Process, why: string): void {
    const { leaveCalledMono } = this.#recordOf(process)
    const tookMs = process.loop.mono() - (leaveCalledMono ?? Number.POSITIVE_INFINITY)
    if (why === 'left' && tookMs > leaveMaxMs && process.haltedMs === 0)
      this.#docket.report('leaving-is-bounded', process, `leaving took ${tookMs} ms`)
  }

  #checkEffect(process: Process, record: Record, effect: Effect): void {
    if (effect.type === 'answer-join') this.#checkAnswer(process, record, effect)
    if ('no' in effect && effect.type !== 'abandon') {
      if (effect.no <= record.lastNo)
        this.#docket.report('numbers-grow', process, `${effect.type} has number ${effect.no} after ${record.lastNo}`)
      record.lastNo = effect.no
    }
    const outcome =
      effect.type === 'joined' ? 'joined' : effect.type === 'bootstrap-failed' ? 'failed' : effect.type === 'ended' ? 'ended' : undefined
    if (outcome === undefined) return
    const fits = outcome === 'ended' ? record.outcome !== 'ended' : record.outcome === 'none'
    if (!fits) this.#docket.report('one-outcome', process, `${outcome} after ${record.outcome}`)
    record.outcome = outcome
  }

  /** Nobody is admitted who was told otherwise, and nobody is told twice. */
  #checkAnswer(process: Process, { tickets }: Record, { ticket, answer }: Extract<Effect, { type: 'answer-join' }>): void {
    const request = tickets.get(ticket)
    if (request === undefined) return this.#docket.report('one-answer', process, `a second answer to join ${ticket}`)
    tickets.delete(ticket)
    if (answer.kind !== 'accept') return
    const now = process.loop.mono()
    if (now - request.atMono > decisionMaxMs)
      this.#docket.report('no-late-admission', process, `join ${ticket} was accepted after ${now - request.atMono} ms`)
  }

  #checkDeadline(process: Process): void {
    if (process.state.role.kind === 'ended') return
    const inMs = process.deadline() - process.loop.mono()
    if (!(inMs < deadlineMaxMs))
      this.#docket.report('always-a-deadline', process, `the next deadline of a ${process.state.role.kind} core is in ${inMs} ms`)
  }

  #countWake(process: Process, record: Record): void {
    const { now } = this.#docket.world.queue
    if (now - record.wakesSince > 1_000) {
      record.wakes = 0
      record.wakesSince = now
    }
    if (++record.wakes > wakesPerSecondMax) this.#docket.report('never-spins', process, `${record.wakes} wake-ups within a second`)
  }

  #recordOf(process: Process): Record {
    const known = this.#records.get(process)
    if (known !== undefined) return known
    const record: Record = {
      lastNo: 0,
      tickets: new Map(),
      asked: [],
      wakes: 0,
      wakesSince: 0,
      outcome: 'none',
      leaveCalledMono: undefined
    }
    this.#records.set(process, record)
    return record
  }
}
