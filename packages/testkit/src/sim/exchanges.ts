/** The exchanges with an answer (join, leave) and the pushes without one, as one node carries them. */
import { decodeDocument, encodeDocument, readRefusal, refusalText } from '@auki/network/protocols'
import type { Connection } from './connection.ts'
import type { Effect, JoinOutcome, PeerId } from './core.ts'
import type { Cancellable } from './loop.ts'
import type { SimNode } from './node.ts'

type Push = Extract<Effect, { type: 'push' }>
export type JoinAnswer = Extract<Effect, { type: 'answer-join' }>['answer']

/** What a JoinRequest holds. */
export interface JoinRequest {
  readonly multiaddrs: readonly string[]
  readonly authorization: string
  readonly observer: boolean
  /** Peers by the reference's rules do not say. */
  readonly instance?: string
}

/** A question of ours under way. */
interface Asking {
  readonly connection: Connection
  readonly timer: Cancellable
  /** Ends it; the core hears the outcome unless it has abandoned the question. */
  readonly settle: (outcome: JoinOutcome) => void
  /** The far side's ticket, once it has one. */
  ticket: number | undefined
}

/** A question of a peer that we owe an answer. */
interface Owing {
  readonly kind: 'join' | 'leave'
  readonly connection: Connection
  readonly timer: Cancellable
  readonly reply: (outcome: JoinOutcome) => void
}

const joinTimeoutMs = 10_000
const leaveTimeoutMs = 2_000
const decisionMs = 10_000
const pushTimeoutMs = 5_000
const decisionLate: JoinOutcome = { kind: 'refused', ...readRefusal('join handler timed out after 10s') }
const closed: JoinOutcome = { kind: 'failed', reason: 'the stream was closed', timedOut: false }

/** What an answer is at the far side of the wire. */
const arrived = (answer: JoinAnswer): JoinOutcome =>
  answer.kind === 'accept'
    ? { ...answer, document: decodeDocument(encodeDocument(answer.document)) }
    : { kind: 'refused', ...readRefusal(refusalText(answer.refusal)) }

export class Exchanges {
  readonly #node: SimNode
  readonly #asking = new Map<number, Asking>()
  readonly #owing = new Map<number, Owing>()
  readonly #pushing = new Map<PeerId, { waiting: Push | undefined }>()
  #nextTicket = 1

  constructor(node: SimNode) {
    this.#node = node
  }

  requestJoin(no: number, peer: PeerId, request: JoinRequest): void {
    const answered = (outcome: JoinOutcome): void => this.#node.owner.post({ type: 'join-answered', no, outcome })
    this.#ask(no, peer, joinTimeoutMs, answered, (far, from, connection, asking) => far.#joinRequested(from, connection, request, asking))
  }

  requestLeave(no: number, peer: PeerId): void {
    const answered = (): void => this.#node.owner.post({ type: 'leave-answered', no })
    this.#ask(no, peer, leaveTimeoutMs, answered, (far, from, connection, asking) => far.#leaveRequested(from, connection, asking))
  }

  /** The answer is not wanted any more; the far side sees a reset. */
  abandon(no: number): void {
    const asking = this.#asking.get(no)
    if (asking === undefined) return
    this.#forget(no, asking)
    const far = this.#farOf(asking.connection)
    asking.connection.send(this.#node, () => asking.ticket !== undefined && far.#abandoned(asking.ticket))
  }

  answerJoin(ticket: number, answer: JoinAnswer): void {
    this.#pay(ticket)?.reply(arrived(answer))
  }

  answerLeave(ticket: number, acknowledged: boolean): void {
    const owing = this.#pay(ticket)
    if (owing === undefined) return
    owing.reply(closed)
    const peer = owing.connection.farEnd(this.#node).peer
    if (acknowledged) this.#node.owner.loop.turn(() => this.#node.owner.post({ type: 'leave-acknowledged', peer }))
  }

  /** Latest wins: one push per peer under way, the newest waits. */
  push(push: Push): void {
    for (const peer of push.to) {
      const busy = this.#pushing.get(peer)
      if (busy === undefined) this.#pushTo(peer, push)
      else busy.waiting = push
    }
  }

  connectionClosed(connection: Connection): void {
    for (const asking of [...this.#asking.values()]) if (asking.connection === connection) asking.settle(closed)
    for (const [ticket, owing] of [...this.#owing]) if (owing.connection === connection) this.#abandoned(ticket)
  }

  #ask(
    no: number,
    peer: PeerId,
    timeoutMs: number,
    answered: (outcome: JoinOutcome) => void,
    arrive: (far: Exchanges, from: PeerId, connection: Connection, asking: Asking) => void
  ): void {
    const loop = this.#node.owner.loop
    const connection = this.#node.connectionTo(peer)
    if (connection === undefined) return loop.turn(() => answered({ kind: 'failed', reason: 'not connected', timedOut: false }))
    const settle = (outcome: JoinOutcome): void => {
      if (this.#asking.get(no) !== asking) return
      this.#forget(no, asking)
      answered(outcome)
    }
    const timer = loop.after(timeoutMs, () => settle({ kind: 'failed', reason: 'no answer in time', timedOut: true }))
    const asking: Asking = { connection, timer, settle, ticket: undefined }
    this.#asking.set(no, asking)
    const far = this.#farOf(connection)
    connection.send(this.#node, () => arrive(far, this.#node.peer, connection, asking))
  }

  #joinRequested(peer: PeerId, connection: Connection, request: JoinRequest, asking: Asking): void {
    const ticket = this.#owe('join', connection, asking, () => {
      this.#pay(ticket)?.reply(decisionLate)
      this.#node.owner.post({ type: 'join-abandoned', ticket })
    })
    this.#node.owner.post({ type: 'join-requested', ticket, peer, ...request })
  }

  #leaveRequested(peer: PeerId, connection: Connection, asking: Asking): void {
    const ticket = this.#owe('leave', connection, asking, () => this.answerLeave(ticket, false))
    this.#node.owner.post({ type: 'leave-requested', ticket, peer })
  }

  #owe(kind: Owing['kind'], connection: Connection, asking: Asking, expire: () => void): number {
    const ticket = this.#nextTicket++
    asking.ticket = ticket
    const timer = this.#node.owner.loop.after(decisionMs, expire)
    const reply = (outcome: JoinOutcome): void => connection.send(this.#node, () => asking.settle(outcome))
    this.#owing.set(ticket, { kind, connection, timer, reply })
    return ticket
  }

  /** The debt of a ticket, which is settled by taking it. */
  #pay(ticket: number): Owing | undefined {
    const owing = this.#owing.get(ticket)
    if (owing === undefined) return undefined
    this.#owing.delete(ticket)
    owing.timer.cancelled = true
    return owing
  }

  #abandoned(ticket: number): void {
    if (this.#pay(ticket)?.kind === 'join') this.#node.owner.post({ type: 'join-abandoned', ticket })
  }

  #forget(no: number, asking: Asking): void {
    asking.timer.cancelled = true
    this.#asking.delete(no)
  }

  #pushTo(peer: PeerId, push: Push): void {
    const connection = this.#node.isMember(peer) ? this.#node.connectionTo(peer) : undefined
    if (connection === undefined) return
    const far = this.#farOf(connection)
    const from = this.#node.peer
    const busy: { waiting: Push | undefined } = { waiting: undefined }
    this.#pushing.set(peer, busy)
    const { handoverTo } = push
    const text = encodeDocument(push.document)
    connection.send(this.#node, () => far.#pushed(from, text, handoverTo))
    this.#node.owner.loop.after(this.#writeMs(connection), () => {
      this.#pushing.delete(peer)
      if (busy.waiting !== undefined) this.#pushTo(peer, busy.waiting)
    })
  }

  /** How long a push keeps the next one waiting: a part of a round trip, or the timeout where nothing gets through. */
  #writeMs({ ends: [a, b] }: Connection): number {
    const { wire, random } = this.#node.network
    return wire.isOpen(a.machine, b.machine) ? wire.roundTripMs(a.machine, b.machine) * random.next() : pushTimeoutMs
  }

  #pushed(peer: PeerId, text: string, handoverTo: PeerId | undefined): void {
    if (!this.#node.isMember(peer)) return
    if (handoverTo !== undefined) this.#node.owner.post({ type: 'handover-hinted', peer })
    this.#node.owner.post({ type: 'document-received', peer, author: peer, document: decodeDocument(text) })
  }

  #farOf(connection: Connection): Exchanges {
    return (connection.farEnd(this.#node) as SimNode).exchanges
  }
}
