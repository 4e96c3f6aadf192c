/** At any moment at most one peer holds a confirmed lease, and every lease has a proof: a request of its holder that Discovery granted. */
import type { Command, DirectoryEvent, Outcome } from '@auki/discovery'
import type { Docket } from './checks.ts'
import type { Effect, Event, Now, State } from './core.ts'
import type { Process } from './process.ts'

interface Proof {
  readonly sentMonoMs: number
  readonly sentTrueMs: number
  readonly revision: number
}

/** One a second, for as long as the longest row lives, and what is late. */
const proofsMax = 80
const shortestLifeMs = 3_000
/** Beyond the row's life: 10 s without an answer, then the row is left to be swept; a question that is answered then, at most 2 s old, begins that once more. */
const unheldMaxMs = 26_000

export class LeaseCheck {
  readonly #docket: Docket
  readonly #sent = new WeakMap<Command, { readonly sentMonoMs: number; readonly sentTrueMs: number }>()
  readonly #proofs = new WeakMap<Process, Proof[]>()
  /** When a member last told a Manager of a higher reign, monotonic ms. */
  readonly #toldMono = new WeakMap<Process, number>()
  /** Two leases until then are the price of what somebody else did to the row. */
  #heldAt = 0
  #excusedUntil = Number.NEGATIVE_INFINITY

  constructor(docket: Docket) {
    this.#docket = docket
  }

  commandSent(_process: Process, command: Command, sentMonoMs: number): void {
    this.#sent.set(command, { sentMonoMs, sentTrueMs: this.#docket.world.queue.now })
  }

  committed(process: Process | undefined, command: Command, outcome: Outcome): void {
    if (process === undefined) return // a stranger proves nothing
    const sent = this.#sent.get(command)
    const granted = outcome.kind === 'created' || outcome.kind === 'refreshed' || outcome.kind === 'rotated'
    if (this.#hasTwin(process)) this.#excuse()
    // The reference refreshes whatever row is there, also while no answer reaches it: nothing of ours can keep it from that.
    if (process.spec.reference && outcome.kind === 'refreshed') this.#heldAt = this.#docket.world.queue.now
    if (sent === undefined || !granted || outcome.row.managerPeerId !== process.peer) return
    const proofs = this.#proofs.get(process) ?? []
    this.#proofs.set(process, [...proofs.slice(1 - proofsMax), { ...sent, revision: outcome.row.revision }])
  }

  /** A row that is kept fresh while its Manager never holds it can neither be used nor taken over. */
  rowChanged({ type, row }: DirectoryEvent): void {
    const { now } = this.#docket.world.queue
    if (type !== 'refreshed') this.#heldAt = now
    const manager = this.#docket.world.living().find(({ peer, spec }) => peer === row.managerPeerId && spec.instance === row.instance)
    if (manager === undefined || manager.halted !== undefined || manager.view().isManager) this.#heldAt = now
    else if (now - this.#heldAt > unheldMaxMs + row.sweepAfterMs)
      this.#docket.report('rows-are-held', manager, `its row was fresh for ${Math.round(now - this.#heldAt)} ms, and not held`)
  }

  rowsForgotten(): void {
    this.#excuse()
  }

  stepped(process: Process, event: Event, before: State, _effects: readonly Effect[], now: Now): void {
    this.#checkTold(process, event, before, now)
    const { role } = process.state
    if (role.kind !== 'managing' || role.lease === undefined) return
    if (before.role.kind === 'managing' && before.role.lease === role.lease) return
    const proof = this.#proofOf(process)
    if (proof === undefined)
      this.#docket.report('lease-has-proof', process, `a lease under r${role.revision} that no granted request of ours gave`)
    if (!process.view(now).isManager) return
    this.#heldAt = this.#docket.world.queue.now // also by a late answer, between two commits
    for (const other of this.#docket.world.ours()) {
      if (other === process || !other.view().isManager || this.#isExcused(process) || this.#isExcused(other)) continue
      this.#docket.report('one-lease', process, `${process.spec.name} and ${other.spec.name} both hold a confirmed lease`)
    }
  }

  /** Whoever was told of a higher reign by a member, and can show nothing newer of its own, is Manager no longer than the shortest row lives. */
  #checkTold(process: Process, event: Event, before: State, now: Now): void {
    const { role } = process.state
    if (event.type === 'document-received' && before.role.kind === 'managing' && tellsHigherReign(event, before))
      this.#toldMono.set(process, now.monoMs)
    const toldMono = this.#toldMono.get(process)
    if (toldMono === undefined || role.kind !== 'managing' || role.lease === undefined) return
    const heldMs = now.monoMs - role.lease.sentAt.monoMs
    if (role.lease.sentAt.monoMs > toldMono || heldMs < shortestLifeMs || !process.view(now).isManager) return
    this.#docket.report('told-leases-end', process, `was told of a higher reign and holds a lease that is ${Math.round(heldMs)} ms old`)
  }

  #proofOf(process: Process): Proof | undefined {
    const { role } = process.state
    if (role.kind !== 'managing') return undefined
    return this.#proofs.get(process)?.find(({ sentMonoMs }) => sentMonoMs === role.lease?.sentAt.monoMs)
  }

  #isExcused(process: Process): boolean {
    if (this.#docket.world.queue.now <= this.#excusedUntil || process.halted === 'pause') return true
    const proof = this.#proofOf(process)
    return proof !== undefined && proof.sentTrueMs <= process.pausedUntil
  }

  #hasTwin(process: Process): boolean {
    return this.#docket.world.living().some((other) => other !== process && other.peer === process.peer)
  }

  #excuse(): void {
    const lives = this.#docket.world.ours().map(({ state }) => (state.role.kind === 'managing' ? (state.role.lease?.lifeMs ?? 0) : 0))
    this.#excusedUntil = Math.max(this.#excusedUntil, this.#docket.world.queue.now + Math.max(shortestLifeMs, ...lives))
  }
}

function tellsHigherReign({ peer, author, document }: Extract<Event, { type: 'document-received' }>, { document: held }: State): boolean {
  const lists = ({ peers }: typeof held): boolean => peers.some(({ peerId }) => peerId === author)
  const [theirs, mine] = [document.order?.epoch, held.order?.epoch]
  if (theirs === undefined || mine === undefined || theirs <= mine) return false
  return peer === author && document.clusterName === held.clusterName && lists(document) && lists(held)
}
