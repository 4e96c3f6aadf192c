/**
 * Whom a Manager takes for lost.
 *
 *   ghosts-go             a member whose process is gone, or only bootstrapping, does not stay for more than its loss timeout and what asking about it takes
 *   gone-go-soon          one whose process is found gone goes as soon as others have been asked
 *   signs-count           nobody is evicted within a loss timeout of a sign of life, unless its process was found gone since
 *   vouched-for-stay      nobody is evicted whom a member sees that the Manager could ask
 *   join-times-come-back  who was found gone and is back within its loss timeout has the join time it had
 */
import type { Docket } from './checks.ts'
import type { Connection } from './connection.ts'
import type { Effect, Event, PeerId, State } from './core.ts'
import type { Process } from './process.ts'
import { calm } from './wire.ts'
import type { World } from './world.ts'

/** What a Manager had of its members in this reign; monotonic ms. */
interface Notes {
  /** Since when it could have judged: it reigns, runs, and was not told that it did not listen. */
  ableSince: number | undefined
  haltedMs: number
  readonly signs: Map<PeerId, number>
  readonly beats: Map<PeerId, number>
  /** When it was last truly here. */
  readonly here: Map<PeerId, number>
  /** Found gone, and nothing came from it since. */
  readonly gone: Map<PeerId, number>
  /** Since when it hears each without a break. */
  readonly heardSince: Map<PeerId, number>
  readonly remembered: Map<PeerId, { readonly joinTsNs: bigint; readonly untilMono: number }>
  readonly requests: Map<number, PeerId>
  readonly suspects: Map<number, PeerId>
}

const witnessesMax = 3
const witnessMs = 1_500
const scanMs = 750
const slackMs = 1_000
const steadyMs = 4_000
const heardMs = 1_000
const quickMs = 150

export class LossCheck {
  readonly #docket: Docket
  readonly #notes = new WeakMap<Process, Notes>()
  /** Since when (true ms) each process has been in the cluster and known it. */
  readonly #hereSince = new WeakMap<Process, number>()
  /** Living members that were evicted although another was connected to them. */
  livingEvicted = 0

  constructor(docket: Docket) {
    this.#docket = docket
  }

  stepped(process: Process, event: Event, before: State, effects: readonly Effect[]): void {
    if (!isHere(process)) this.#hereSince.delete(process)
    else if (!this.#hereSince.has(process)) this.#hereSince.set(process, this.#docket.world.queue.now)
    const { role, document } = process.state
    if (role.kind !== 'managing') return
    if (before.role.kind !== 'managing') this.#notes.set(process, newNotes())
    const notes = this.#notes.get(process)
    if (notes === undefined) return
    this.#note(process, notes, event, effects)
    if (before.role.kind === 'managing' && before.document !== document && event.type !== 'leave-requested')
      this.#checkEvictions(process, notes, before)
    if (event.type === 'woken') this.#checkGhosts(process, notes)
  }

  #note(process: Process, notes: Notes, event: Event, effects: readonly Effect[]): void {
    const now = process.loop.mono()
    const { role, document } = process.state
    const able = process.view().isManager && role.kind === 'managing' && role.revision === document.order?.epoch
    const disturbed = process.haltedMs !== notes.haltedMs || event.type === 'loop-lagged' || event.type === 'clock-jumped'
    notes.haltedMs = process.haltedMs
    if (!able) notes.ableSince = undefined
    else if (disturbed || notes.ableSince === undefined) notes.ableSince = now
    if (event.type === 'heartbeat-received') this.#beat(notes, event.peer, now)
    if (event.type === 'connected') sign(notes, event.peer, now)
    if (event.type === 'process-gone' && process.node.connectionTo(event.peer) === undefined) notes.gone.set(event.peer, now)
    if (event.type === 'witness-answered' && event.seen) notes.gone.delete(notes.suspects.get(event.no) ?? '')
    if (event.type === 'join-requested') notes.requests.set(event.ticket, event.peer)
    for (const effect of effects) {
      if (effect.type === 'ask-witnesses') notes.suspects.set(effect.no, effect.suspect)
      if (effect.type === 'answer-join') this.#answered(process, notes, effect)
    }
  }

  #beat(notes: Notes, peer: PeerId, now: number): void {
    if (now - (notes.beats.get(peer) ?? Number.NEGATIVE_INFINITY) > heardMs) notes.heardSince.set(peer, now)
    notes.beats.set(peer, now)
    sign(notes, peer, now)
  }

  #answered(process: Process, notes: Notes, { ticket, answer }: Extract<Effect, { type: 'answer-join' }>): void {
    const peer = notes.requests.get(ticket)
    if (peer === undefined || answer.kind !== 'accept') return
    const now = process.loop.mono()
    sign(notes, peer, now)
    const remembered = notes.remembered.get(peer)
    notes.remembered.delete(peer)
    const joinTsNs = answer.document.peers.find(({ peerId }) => peerId === peer)?.joinTsNs
    if (remembered !== undefined && now < remembered.untilMono && joinTsNs !== remembered.joinTsNs)
      this.#docket.report('join-times-come-back', process, `${peer} is back within its loss timeout and has lost its join time`)
  }

  #checkEvictions(process: Process, notes: Notes, before: State): void {
    const kept = new Set(process.state.document.peers.map(({ peerId }) => peerId))
    for (const { peerId, joinTsNs } of before.document.peers) if (!kept.has(peerId)) this.#checkEviction(process, notes, peerId, joinTsNs)
  }

  #checkEviction(process: Process, notes: Notes, peer: PeerId, joinTsNs: bigint): void {
    const now = process.loop.mono()
    const { peerLossTimeoutMs } = process.spec.settings
    const sinceMs = now - (notes.signs.get(peer) ?? Number.NEGATIVE_INFINITY)
    if (!notes.gone.has(peer) && sinceMs < peerLossTimeoutMs)
      this.#docket.report('signs-count', process, `evicted ${peer} ${Math.round(sinceMs)} ms after a sign of life`)
    const untilMono = (notes.beats.get(peer) ?? Number.NEGATIVE_INFINITY) + peerLossTimeoutMs
    if (now < untilMono) notes.remembered.set(peer, { joinTsNs, untilMono })
    notes.gone.delete(peer)
    const { world } = this.#docket
    const target = world.living().find((other) => other.peer === peer && isHere(other))
    if (target === undefined || world.twinned.has(peer)) return
    if (world.living().some((other) => other !== process && other !== target && connectionOf(other, target) !== undefined))
      this.livingEvicted++
    const [witness, more] = this.#witnesses(process, notes, target)
    // Of all whom it hears three are drawn: one of them was among those that see it.
    if (witness !== undefined && more < witnessesMax)
      this.#docket.report('vouched-for-stay', process, `evicted ${peer}, which lives and which ${witness.spec.name} sees`)
  }

  /** One who was there to be asked all the time, and how many others may have been asked in its place. */
  #witnesses(process: Process, notes: Notes, target: Process): [Process | undefined, number] {
    const { world } = this.#docket
    const now = process.loop.mono()
    if (world.wire.weather !== calm || target.spec.reference || !this.#steadily(target)) return [undefined, 0]
    const others = process.state.document.peers.filter(({ peerId }) => peerId !== process.peer && peerId !== target.peer)
    const good = others.flatMap(({ peerId }) => {
      const other = world.living().find(({ peer }) => peer === peerId)
      if (other === undefined || other.spec.reference || world.twinned.has(peerId) || !this.#steadily(other)) return []
      const heard = now - (notes.beats.get(peerId) ?? 0) <= heardMs && now - (notes.heardSince.get(peerId) ?? now) >= steadyMs
      return heard && sees(world, other, process) && sees(world, other, target) ? [other] : []
    })
    return [good[0], others.length - good.length]
  }

  /** It has run without a halt, as a member. */
  #steadily(process: Process): boolean {
    const { now } = this.#docket.world.queue
    const since = Math.max(process.runsSince, this.#hereSince.get(process) ?? now)
    return process.halted === undefined && isHere(process) && now - since >= steadyMs
  }

  #checkGhosts(process: Process, notes: Notes): void {
    const now = process.loop.mono()
    const { ableSince } = notes
    if (ableSince === undefined) return
    const { world } = this.#docket
    const askingMs = 2 * scanMs + 2 * witnessMs + slackMs
    for (const { peerId } of process.state.document.peers) {
      if (peerId === process.peer) continue
      if (world.living().some((other) => other.peer === peerId && isHere(other))) notes.here.set(peerId, now)
      const lastMono = Math.max(ableSince, notes.signs.get(peerId) ?? 0, notes.here.get(peerId) ?? 0)
      if (now - lastMono > process.spec.settings.peerLossTimeoutMs + askingMs)
        this.#docket.report('ghosts-go', process, `${peerId} was gone for ${Math.round(now - lastMono)} ms and is still a member`)
      const sinceMs = now - Math.max(ableSince, notes.gone.get(peerId) ?? now)
      if (sinceMs > witnessMs + slackMs)
        this.#docket.report('gone-go-soon', process, `${peerId} was found gone ${Math.round(sinceMs)} ms ago and is still a member`)
    }
  }
}

const newNotes = (): Notes => ({
  ableSince: undefined,
  haltedMs: 0,
  signs: new Map(),
  beats: new Map(),
  here: new Map(),
  gone: new Map(),
  heardSince: new Map(),
  remembered: new Map(),
  requests: new Map(),
  suspects: new Map()
})

function sign(notes: Notes, peer: PeerId, now: number): void {
  notes.signs.set(peer, now)
  notes.gone.delete(peer)
}

/** In the cluster, running, and knowing it: told anew here, not taken from the core. Peers by the reference's rules say nothing to witnesses. */
function isHere({ halted, joined, spec, peer, state }: Process): boolean {
  if (halted !== undefined) return false
  if (spec.reference) return true
  const { role } = state
  return joined && (role.kind === 'managing' || role.kind === 'following') && state.document.peers.some(({ peerId }) => peerId === peer)
}

/** Who has moved since is asked in vain, until it dials anew: nobody has heard of its new address. */
function connectionOf(a: Process, b: Process): Connection | undefined {
  const connection = a.node.connectionTo(b.peer)
  return connection?.isOpen(b.node) && !connection.isSevered ? connection : undefined
}

/** Connected for good, over a way that is open and quick. */
function sees({ wire, network }: World, a: Process, b: Process): boolean {
  const connection = connectionOf(a, b)
  if (connection === undefined || network.queue.now - connection.openedAt < steadyMs) return false
  return wire.isSteady(a.machine, b.machine, steadyMs) && wire.roundTripMs(a.machine, b.machine) <= quickMs
}
