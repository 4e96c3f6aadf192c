/** Two processes of one identity: who ends, and by what proof; and what a Manager does about a row in its name that is not its own. */
import type { Command, Outcome } from '@auki/discovery'
import type { Docket } from './checks.ts'
import type { Effect, Event, Row, State } from './core.ts'
import type { Process } from './process.ts'

interface Rival {
  /** A create or rotate of ours was committed since it was seen last. */
  beaten: boolean
  /** Monotonic ms of each return against a committed one. */
  readonly rounds: number[]
}

interface Notes {
  readonly rivals: Map<string, Rival>
  rotatedMono: number
  /** The last question to Discovery, and how long it had been halted by then. */
  asked: { readonly atMono: number; readonly haltedMs: number } | undefined
  /** As Manager: instances let in, by peer, newest last; and when one came in again that had been superseded. */
  readonly letIn: Map<string, { order: string[]; again: number[] }>
  readonly requests: Map<number, Extract<Event, { type: 'join-requested' }>>
}

const rotateMs = 2_500
const roundsMin = 3
const roundsMs = 15_000
const silenceMaxMs = 2_300
const againMax = 12 // weather that lets no beat through for 1.5 s makes a few; two that take turns make twenty
const againWindowMs = 40_000
const livedLatelyMs = 2_500
const livedLatelyHaltedMs = 20_000

export class TwinCheck {
  readonly #docket: Docket
  readonly #notes = new WeakMap<Process, Notes>()
  /** Processes that stopped, with their identity, and when in true time. */
  readonly #stopped: { readonly process: Process; readonly at: number }[] = []

  constructor(docket: Docket) {
    this.#docket = docket
  }

  committed(process: Process | undefined, command: Command, outcome: Outcome): void {
    if (process === undefined || (outcome.kind !== 'rotated' && outcome.kind !== 'created')) return
    if (!('claim' in command) || command.claim.instance !== process.spec.instance) return
    for (const rival of this.#notesOf(process).rivals.values()) rival.beaten = true
  }

  stopped(process: Process): void {
    this.#stopped.push({ process, at: this.#docket.world.queue.now })
  }

  stepped(process: Process, event: Event, before: State, effects: readonly Effect[]): void {
    const notes = this.#notesOf(process)
    const foreign = foreignAnswer(process, event, before)
    if (foreign !== undefined) this.#meet(process, notes, foreign)
    if (event.type === 'join-requested') notes.requests.set(event.ticket, event)
    for (const effect of effects) this.#checkEffect(process, notes, event, before, effect)
  }

  #meet(process: Process, notes: Notes, { instance }: Row): void {
    const rival = notes.rivals.get(instance) ?? { beaten: false, rounds: [] }
    notes.rivals.set(instance, rival)
    if (rival.beaten) rival.rounds.push(process.loop.mono())
    rival.beaten = false
    if (process.view().isManager) this.#docket.report('foreign-ends-the-lease', process, `goes on reigning in a row of ${instance}`)
  }

  #checkEffect(process: Process, notes: Notes, event: Event, before: State, effect: Effect): void {
    switch (effect.type) {
      case 'ended':
        return effect.why === 'identity-in-use' ? this.#checkEnd(process, notes, event, before) : undefined
      case 'rotate-row':
        if (before.role.kind === 'managing' && effect.to === undefined) this.#checkPace(process, notes)
        return this.#noteQuestion(process, notes, before)
      case 'refresh-row':
      case 'create-row':
      case 'read-row':
        return this.#noteQuestion(process, notes, before)
      case 'answer-join':
        return effect.answer.kind === 'accept' ? this.#noteLetIn(process, notes, effect.ticket) : undefined
      default:
    }
  }

  #checkPace(process: Process, notes: Notes): void {
    const now = process.loop.mono()
    if (now - notes.rotatedMono < rotateMs - 1)
      this.#docket.report('claims-at-a-measured-pace', process, `claims again after ${Math.round(now - notes.rotatedMono)} ms`)
    notes.rotatedMono = now
  }

  /** A row that is contested is kept fresh while we wait. */
  #noteQuestion(process: Process, notes: Notes, { role }: State): void {
    const atMono = process.loop.mono()
    const { asked } = notes
    const contested = role.kind === 'managing' && role.rivals.some(({ beaten }) => !beaten)
    if (contested && asked?.haltedMs === process.haltedMs && atMono - asked.atMono > silenceMaxMs)
      this.#docket.report(
        'liveness-goes-on',
        process,
        `asked nothing for ${Math.round(atMono - asked.atMono)} ms while its row was contested`
      )
    notes.asked = { atMono, haltedMs: process.haltedMs }
  }

  #checkEnd(process: Process, notes: Notes, event: Event, before: State): void {
    const { twinned } = this.#docket.world
    if (before.role.kind === 'managing') {
      const now = process.loop.mono()
      const proven = [...notes.rivals.values()].some(({ rounds }) => rounds.length >= roundsMin && now - rounds[0]! >= roundsMs)
      if (!proven) this.#docket.report('three-rounds', process, 'ends for a rival that did not come back often enough')
      return
    }
    const told = event.type === 'join-answered' && event.outcome.kind === 'refused' && event.outcome.why === 'identity-in-use'
    if (!told) return this.#docket.report('ended-for-a-twin', process, `ends on ${event.type}, and no Manager told it to`)
    if (!twinned.has(process.peer) || !this.#livedLately(process, before))
      this.#docket.report('ended-for-a-twin', process, 'ends for another process of its identity, and there is none')
  }

  /** A Manager that was halted hears late what was sent before. */
  #livedLately(process: Process, { role }: State): boolean {
    const { now } = this.#docket.world.queue
    const living = this.#docket.world.living()
    const manager = role.kind === 'following' ? role.rejoin?.peer : undefined
    const late = living.some(({ peer, haltedMs }) => peer === manager && haltedMs > 0)
    const others = this.#stopped
      .filter(({ at }) => now - at <= (late ? livedLatelyHaltedMs : livedLatelyMs))
      .map(({ process: gone }) => gone)
    return [...living, ...others].some((other) => other !== process && other.peer === process.peer)
  }

  /** Of two members with one identity one ends: they do not take the place from each other again and again. */
  #noteLetIn(process: Process, notes: Notes, ticket: number): void {
    const request = notes.requests.get(ticket)
    if (request?.instance === undefined) return
    const { peer, instance } = request
    const known = notes.letIn.get(peer) ?? { order: [], again: [] }
    notes.letIn.set(peer, known)
    const superseded = known.order.includes(instance) && known.order.at(-1) !== instance
    known.order = [...known.order.filter((other) => other !== instance), instance]
    if (!superseded) return
    const now = process.loop.mono()
    known.again = [...known.again.filter((at) => now - at < againWindowMs), now]
    // Each forged reign makes both ask anew.
    if (known.again.length > againMax && this.#docket.world.liars.size === 0)
      this.#docket.report('one-of-two-ends', process, `two processes of ${peer} took its place from each other ${known.again.length} times`)
  }

  #notesOf(process: Process): Notes {
    const known = this.#notes.get(process)
    if (known !== undefined) return known
    const notes: Notes = {
      rivals: new Map(),
      rotatedMono: Number.NEGATIVE_INFINITY,
      asked: undefined,
      letIn: new Map(),
      requests: new Map()
    }
    this.#notes.set(process, notes)
    return notes
  }
}

/** The row in the answer that a Manager waited for, where it is in its name and not its own. */
function foreignAnswer(process: Process, event: Event, { role }: State): Row | undefined {
  if (role.kind !== 'managing' || !('no' in event) || !('outcome' in event) || role.ask?.no !== event.no) return undefined
  const row = 'row' in event.outcome ? event.outcome.row : undefined
  if (row?.manager !== process.peer) return undefined
  // A 200 about a reign that one of our own has ended comes late; a 412 is of a directory that went back.
  const isLate = event.type === 'row-refreshed' && event.outcome.kind === 'ok' && (row.revision ?? 0) < (role.revision ?? 0)
  return !isLate && row.instance !== '' && row.instance !== process.spec.instance ? row : undefined
}
