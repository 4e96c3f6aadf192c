/**
 * How a core gets into a cluster, and how hard it presses: no ring of writes without a pause, no bootstrap beyond its deadline, no join that waits
 * for a Manager out of reach, no row of a Manager whom nobody can dial.
 */
import type { Command, Outcome } from '@auki/discovery'
import type { Docket } from './checks.ts'
import type { State } from './core.ts'
import type { Process } from './process.ts'

/** Writes to Discovery in a window: the regular one of each interval, and what goes in between with growing pauses. */
const bounds = [
  { windowMs: 1_000, most: 5 },
  { windowMs: 10_000, most: 22 }
]
/** Requests have whole milliseconds. */
const deadlineSlackMs = 2
/** After a row life: a last look at the row. */
const stuckMaxMs = 2_500

export class EntryCheck {
  readonly #docket: Docket
  readonly #writes = new WeakMap<Process, number[]>()
  /** Since when a process waits for a row whose Manager it can't dial: the revision, and monotonic ms. */
  readonly #stuck = new WeakMap<Process, { readonly revision: number | undefined; readonly sinceMono: number }>()

  constructor(docket: Docket) {
    this.#docket = docket
  }

  commandSent(process: Process, command: Command, sentMonoMs: number): void {
    if (command.kind === 'delete' || process.state.role.kind === 'leaving') return
    const sent = [...(this.#writes.get(process) ?? []), sentMonoMs].filter((at) => at > sentMonoMs - bounds[1]!.windowMs)
    this.#writes.set(process, sent)
    for (const { windowMs, most } of bounds) {
      const count = sent.filter((at) => at > sentMonoMs - windowMs).length
      if (count > most) this.#docket.report('writes-have-pauses', process, `${count} writes in ${windowMs} ms`)
    }
  }

  committed(process: Process | undefined, command: Command, outcome: Outcome): void {
    if (process === undefined) return // a stranger
    const { target, addresses, reference } = process.spec
    if (reference || command.kind !== 'create' || outcome.kind !== 'created' || addresses.length > 0) return
    if (process.state.role.kind === 'starting' && target.kind !== 'create')
      this.#docket.report('creators-can-be-dialled', process, 'created a cluster that nobody can enter')
  }

  stepped(process: Process): void {
    const { role } = process.state
    if (role.kind !== 'starting') return
    const lateMs = process.deadline() - role.deadlineAt
    if (lateMs > deadlineSlackMs)
      this.#docket.report('joins-end', process, `${role.step.kind} goes on for ${Math.round(lateMs)} ms after the join deadline`)
    this.#checkStuck(process, role, process.loop.mono())
  }

  #checkStuck(process: Process, role: Extract<State['role'], { kind: 'starting' }>, now: number): void {
    const { row } = role
    const answered = role.step.kind === 'joining' && role.step.attempt.phase.kind === 'asking'
    if (row === undefined || row.dialable !== false || role.goneAt !== undefined || answered) return void this.#stuck.delete(process)
    const known = this.#stuck.get(process)
    if (known === undefined || known.revision !== row.revision) this.#stuck.set(process, { revision: row.revision, sinceMono: now })
    else if (now - known.sinceMono > (row.sweepAfterMs ?? 3_000) + stuckMaxMs && process.haltedMs === 0)
      this.#docket.report(
        'out-of-reach-is-told',
        process,
        `waits for ${row.manager}, whom it cannot dial, for ${Math.round(now - known.sinceMono)} ms`
      )
  }
}
