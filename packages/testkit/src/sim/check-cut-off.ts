/**
 * A Manager that hears nobody any more is more likely cut off than all of them are gone: before it evicts the last one it gives up the row, if at least two of
 * those it lost could have taken over. Judged for each reign over all of its evictions, the Manager before it left out.
 */
import type { Docket } from './checks.ts'
import type { Effect, Event, PeerId, State } from './core.ts'
import { isHeir } from './heirs.ts'
import type { Process } from './process.ts'

interface Reign {
  /** Heirs evicted in this reign; monotonic ms. */
  readonly evicted: { readonly atMono: number; readonly peer: PeerId }[]
  /** The Manager before, until it was heard. */
  former: PeerId | undefined
  /** Last heartbeats, and when each process was found gone. */
  readonly heard: Map<PeerId, number>
  readonly gone: Map<PeerId, number>
}

const heardMs = 1_000

export class CutOffCheck {
  readonly #docket: Docket
  readonly #reigns = new WeakMap<Process, Reign>()
  readonly #requests = new WeakMap<Process, Map<number, PeerId>>()

  constructor(docket: Docket) {
    this.#docket = docket
  }

  stepped(process: Process, event: Event, before: State, effects: readonly Effect[]): void {
    const { role } = process.state
    if (role.kind === 'managing' && before.role.kind !== 'managing') this.#reigns.set(process, reignAfter(before))
    const reign = this.#reigns.get(process)
    if (reign === undefined) return
    this.#note(process, reign, event, effects)
    if (before.role.kind !== 'managing') return
    if (role.kind === 'following' && role.slot === undefined) this.#checkGivingUp(process, reign, before)
    if (role.kind === 'managing' && event.type !== 'leave-requested') this.#checkEviction(process, reign, before)
  }

  #note(process: Process, reign: Reign, event: Event, effects: readonly Effect[]): void {
    const now = process.loop.mono()
    if (event.type === 'heartbeat-received') {
      reign.heard.set(event.peer, now)
      if (reign.former === event.peer) reign.former = undefined
    }
    if (event.type === 'process-gone') reign.gone.set(event.peer, now)
    if (event.type === 'join-requested') this.#asked(process).set(event.ticket, event.peer)
    for (const effect of effects) {
      if (effect.type !== 'answer-join' || effect.answer.kind !== 'accept') continue
      if (this.#asked(process).get(effect.ticket) === reign.former) reign.former = undefined
    }
  }

  #asked(process: Process): Map<number, PeerId> {
    const known = this.#requests.get(process) ?? new Map<number, PeerId>()
    this.#requests.set(process, known)
    return known
  }

  /** Only one that lost two or more who could have become Manager takes itself for cut off, and only while it hears nobody. */
  #checkGivingUp(process: Process, reign: Reign, before: State): void {
    const others = before.document.peers.filter(({ peerId }) => peerId !== process.peer && peerId !== reign.former)
    const lost = others.filter(isHeir).length + this.#lately(process, reign).length
    if (lost < 2) this.#docket.report('gives-up-for-somebody', process, `gave up the row for ${lost} others`)
    const now = process.loop.mono()
    const heard = others.find(({ peerId }) => {
      const heardAt = reign.heard.get(peerId) ?? Number.NEGATIVE_INFINITY
      return now - heardAt < heardMs && !((reign.gone.get(peerId) ?? Number.NEGATIVE_INFINITY) >= heardAt)
    })
    if (heard !== undefined) this.#docket.report('gives-up-for-somebody', process, `gave up the row while it hears ${heard.peerId}`)
  }

  #checkEviction(process: Process, reign: Reign, before: State): void {
    const { document, role } = process.state
    const kept = new Set(document.peers.map(({ peerId }) => peerId))
    const evicted = before.document.peers.filter(({ peerId }) => !kept.has(peerId))
    if (evicted.length === 0 || role.kind !== 'managing') return
    const atMono = process.loop.mono()
    for (const member of evicted) if (isHeir(member) && member.peerId !== reign.former) reign.evicted.push({ atMono, peer: member.peerId })
    const others = document.peers.filter(({ peerId }) => peerId !== process.peer && peerId !== reign.former)
    const inDoubt = new Set(role.doubts.map(({ peer }) => peer))
    const remaining = others.filter(({ peerId, indirect }) => indirect !== true && !inDoubt.has(peerId))
    const lost = others.filter(isHeir).length + this.#lately(process, reign).length
    if (remaining.length === 0 && lost >= 2)
      this.#docket.report('cut-off-gives-up', process, `lost everybody at once, ${lost} heirs among them, and stays Manager`)
  }

  #lately(process: Process, { evicted }: Reign): readonly unknown[] {
    const now = process.loop.mono()
    return evicted.filter(({ atMono }) => now - atMono <= process.spec.settings.peerLossTimeoutMs)
  }
}

/** Whose loss led to the reign: known where the row was created, maybe without our hearing of it, which is never a hand-over. */
function reignAfter({ role, newest, self }: State): Reign {
  const created = role.kind === 'following' && (role.commit?.what === 'create' || newest?.row?.instance === self.instance)
  const former = created && 'former' in role.stance ? role.stance.former : undefined
  return { evicted: [], former, heard: new Map(), gone: new Map() }
}
