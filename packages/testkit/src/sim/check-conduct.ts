/** Rules of good conduct: who keeps its place, who may be handed the role, who gives way to whom. */
import type { Docket } from './checks.ts'
import type { ClusterDocument, Effect, Event, Now, Row, State } from './core.ts'
import { isHeir, mayReign } from './heirs.ts'
import type { Process } from './process.ts'

type JoinRequested = Extract<Event, { type: 'join-requested' }>

interface Notes {
  /** Last heartbeats, and the epoch they showed. */
  readonly heard: Map<string, { readonly atMono: number; readonly epoch: number | undefined }>
  readonly requests: Map<number, JoinRequested>
  /** The row once showed several peers; when it was first found gone since. */
  severalSeen: boolean
  goneAtMono: number | undefined
  newestRevision: number
  /** How often it learnt something new; and how often that was when each read was sent. */
  learnt: number
  readonly reads: Map<number, number>
  /** What it saw last of the row: its Manager, or nothing. A document adopted since says more. */
  lastSight: { readonly manager: string | undefined; readonly revision: number } | undefined
  /** Settled although what it saw speaks against it: since when. */
  wrongSinceMono: number | undefined
}

const heardMs = 1_500
const wrongMaxMs = 2_500 // a turn

export class ConductCheck {
  readonly #docket: Docket
  readonly #notes = new WeakMap<Process, Notes>()
  #counterWentBack = false

  constructor(docket: Docket) {
    this.#docket = docket
  }

  rowsForgotten(): void {
    this.#counterWentBack = true
  }

  stepped(process: Process, event: Event, before: State, effects: readonly Effect[], _now: Now): void {
    const notes = this.#notesOf(process)
    this.#note(process, notes, event)
    const { role, document } = process.state
    if (before.role.kind === 'following' && role.kind === 'managing' && before.role.stance.kind !== 'gave-up')
      this.#checkPromotion(process, notes, before, effects)
    for (const effect of effects) this.#checkEffect(process, notes, before, effect)
    if (document !== before.document) {
      // What an evicted member showed is nothing its next process showed.
      for (const peer of notes.heard.keys()) if (!document.peers.some(({ peerId }) => peerId === peer)) notes.heard.delete(peer)
      notes.lastSight = undefined
      notes.learnt++
    }
    if (role.kind === 'following') this.#checkRejoin(process, before, effects)
    if (event.type === 'woken') this.#checkSettled(process, notes)
  }

  #note(process: Process, notes: Notes, event: Event): void {
    switch (event.type) {
      case 'heartbeat-received':
        notes.heard.set(event.peer, { atMono: process.loop.mono(), epoch: event.membership?.epoch })
        return
      case 'process-gone': // what it said before no longer counts
        if (process.node.connectionTo(event.peer) === undefined) notes.heard.delete(event.peer)
        return
      case 'join-requested':
        notes.requests.set(event.ticket, event)
        return
      case 'row-read':
        if (event.outcome.kind === 'trouble') return
        return this.#noteRow(
          process,
          notes,
          event.outcome.kind === 'row' ? event.outcome.row : undefined,
          notes.reads.get(event.no) !== notes.learnt
        )
      case 'row-created':
        return event.outcome.kind === 'trouble' ? undefined : this.#noteRow(process, notes, event.outcome.row)
      case 'row-refreshed':
      case 'row-rotated':
        return 'row' in event.outcome ? this.#noteRow(process, notes, event.outcome.row) : undefined
      case 'watch-snapshot':
        return this.#noteRow(process, notes, event.row)
      case 'watch-changed': {
        const gone = event.change === 'swept' || event.change === 'deleted'
        const reign = Math.max(notes.newestRevision, process.state.document.order?.epoch ?? 0)
        return this.#noteRow(process, notes, gone ? undefined : event.row, (event.row.revision ?? 0) < reign)
      }
      default:
    }
  }

  /** `stale`: asked for before it learnt something else. */
  #noteRow(process: Process, notes: Notes, row: Row | undefined, stale = false): void {
    if (!stale && (row === undefined || (row.revision ?? 0) >= notes.newestRevision)) {
      notes.lastSight = { manager: row?.manager, revision: row?.revision ?? 0 }
      notes.learnt++
    }
    if (row === undefined) {
      notes.goneAtMono ??= process.loop.mono()
      return
    }
    const ours = row.manager === process.peer && row.instance === process.spec.instance
    const news = (row.revision ?? 0) > notes.newestRevision // a watch may be late
    if (news && !ours) notes.goneAtMono = undefined
    if (row.peerCount > 1) notes.severalSeen = true
    notes.newestRevision = Math.max(notes.newestRevision, row.revision ?? 0)
  }

  #checkPromotion(process: Process, notes: Notes, before: State, effects: readonly Effect[]): void {
    const { document } = process.state
    const kept = new Set(document.peers.map(({ peerId }) => peerId))
    const now = process.loop.mono()
    for (const { peerId } of before.document.peers) {
      const heardAt = notes.heard.get(peerId)?.atMono
      if (!kept.has(peerId) && heardAt !== undefined && now - heardAt <= heardMs) {
        this.#docket.report('the-heard-stay', process, `removed ${peerId}, heard ${Math.round(now - heardAt)} ms ago`)
      }
    }
    const created =
      effects.some(({ type }) => type === 'domain-clock') && before.role.kind === 'following' && before.role.commit?.what === 'create'
    if (created && document.peers.length > 1) {
      const inMs = process.deadline() - now
      if (inMs > 50 && !effects.some(({ type }) => type === 'refresh-row')) {
        this.#docket.report('count-told-at-once', process, `the row says 1 for another ${Math.round(inMs)} ms`)
      }
    }
  }

  #checkEffect(process: Process, notes: Notes, before: State, effect: Effect): void {
    if (effect.type === 'answer-join' && effect.answer.kind === 'accept')
      this.#checkAccepted(process, notes.requests.get(effect.ticket), effect.answer.document)
    if (effect.type === 'rotate-row' && effect.to !== undefined) this.#checkSuccessor(process, notes, before, effect.to.peerId)
    if (effect.type === 'read-row') notes.reads.set(effect.no, notes.learnt)
    if (effect.type === 'create-row' && process.state.role.kind === 'starting') this.#checkGrace(process, notes)
    const claims = effect.type === 'create-row' || (effect.type === 'rotate-row' && effect.to === undefined)
    if (claims && !mayReign(process, before))
      this.#docket.report('observers-observe', process, `one that only looks on asks to ${effect.type}`)
  }

  #checkAccepted(process: Process, request: JoinRequested | undefined, document: ClusterDocument): void {
    const member = document.peers.find(({ peerId }) => peerId === request?.peer)
    if (request === undefined || member === undefined)
      this.#docket.report('accept-means-listed', process, `${request?.peer} was accepted and is not listed`)
    else if (member.observer !== request.observer || member.multiaddrs.join() !== request.multiaddrs.join()) {
      this.#docket.report('accept-means-listed', process, `${request.peer} is not listed as it asked to be`)
    }
  }

  /** An observer never; one that follows us and knows the hint before any other. */
  #checkSuccessor(process: Process, notes: Notes, { document }: State, successor: string): void {
    const connected = new Set(process.node.connectedMembers())
    const following = document.peers.filter(
      (member) => isHeir(member) && connected.has(member.peerId) && notes.heard.get(member.peerId)?.epoch === document.order?.epoch
    )
    const observer = !document.peers.some((member) => member.peerId === successor && isHeir(member))
    if (observer || (following.length > 0 && !following.some(({ peerId }) => peerId === successor))) {
      this.#docket.report('handed-to-a-follower', process, `handed over to ${successor}${observer ? ', that only looks on' : ''}`)
    }
  }

  #checkGrace(process: Process, { severalSeen, goneAtMono }: Notes): void {
    const goneForMs = process.loop.mono() - (goneAtMono ?? process.loop.mono())
    if (severalSeen && goneForMs < process.spec.settings.joinerGraceMs) {
      this.#docket.report('members-first', process, `creates the row of several ${Math.round(goneForMs)} ms after it went`)
    }
  }

  /** A follower that saw no row, another's or a newer reign than its document's does not stay settled for more than a turn. */
  #checkSettled(process: Process, notes: Notes): void {
    const { role, document } = process.state
    const { lastSight } = notes
    const settled =
      role.kind === 'following' &&
      role.stance.kind === 'settled' &&
      role.commit === undefined && // its answer is waited for
      lastSight !== undefined &&
      !this.#counterWentBack &&
      this.#docket.world.liars.size === 0
    // A document by the reference's rules shows no reign: that its author is the row's has to do.
    const shownReign = document.order?.epoch ?? (document.peers.length === 0 ? 0 : Number.POSITIVE_INFINITY)
    const fits = !settled || (lastSight.manager === role.slot && lastSight.revision <= shownReign)
    if (fits) notes.wrongSinceMono = undefined
    else notes.wrongSinceMono ??= process.loop.mono()
    const sinceMs = process.loop.mono() - (notes.wrongSinceMono ?? process.loop.mono())
    if (sinceMs <= wrongMaxMs) return
    const saw = lastSight?.manager === undefined ? 'no row' : `${lastSight.manager} under r${lastSight.revision}`
    this.#docket.report('settled-on-the-row', process, `settled for ${Math.round(sinceMs)} ms, having seen ${saw}`)
  }

  /** Not listed any more: it asks to be taken back at once; and each attempt dials, whatever the backoff says. */
  #checkRejoin(process: Process, before: State, effects: readonly Effect[]): void {
    const { role, document } = process.state
    if (role.kind !== 'following') return
    const { rejoin } = role
    const listed = document.peers.some(({ peerId }) => peerId === process.peer)
    if (!listed && document !== before.document && rejoin === undefined)
      this.#docket.report('rejoins-at-once', process, 'is not listed and waits')
    const attempt = before.role.kind === 'following' ? before.role.rejoin?.attempt : undefined
    const dials = effects.some((effect) => effect.type === 'dial' && effect.peer === rejoin?.peer)
    if (rejoin?.attempt?.phase.kind === 'connecting' && rejoin.attempt !== attempt && !dials) {
      this.#docket.report('rejoins-at-once', process, `waits for a connection to ${rejoin.peer} without dialling`)
    }
  }

  #notesOf(process: Process): Notes {
    const known = this.#notes.get(process)
    if (known !== undefined) return known
    const notes: Notes = {
      heard: new Map(),
      requests: new Map(),
      severalSeen: false,
      goneAtMono: undefined,
      newestRevision: 0,
      learnt: 0,
      reads: new Map(),
      lastSight: undefined,
      wrongSinceMono: undefined
    }
    this.#notes.set(process, notes)
    return notes
  }
}
