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

const rowLifeMs = 3_000
const proofsMax = 16
// 10 s without an answer, then the row is left to be swept; a question that is answered then, at most 2 s old, begins that once more.
const unheldMaxMs = 29_000

export class LeaseCheck {
  readonly #docket: Docket
  readonly #sent = new WeakMap<Command, { readonly sentMonoMs: number; readonly sentTrueMs: number }>()
  readonly #proofs = new WeakMap<Process, Proof[]>()
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
    else if (now - this.#heldAt > unheldMaxMs)
      this.#docket.report('rows-are-held', manager, `its row was fresh for ${Math.round(now - this.#heldAt)} ms, and not held`)
  }

  rowsForgotten(): void {
    this.#excuse()
  }

  stepped(process: Process, _event: Event, before: State, _effects: readonly Effect[], now: Now): void {
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
    this.#excusedUntil = this.#docket.world.queue.now + rowLifeMs
  }
}
