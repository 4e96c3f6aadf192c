/** Who reigned when, as Discovery saw it, and what peers make of it: they step down to a newer reign only, and believe no author that never reigned. */
import type { DirectoryEvent } from '@auki/discovery'
import type { Docket } from './checks.ts'
import type { Effect, Event, State } from './core.ts'
import type { Process } from './process.ts'

interface Reign {
  readonly manager: string
  readonly instance: string
}

export class ReignCheck {
  readonly #docket: Docket
  readonly #reigns = new Map<number, Reign>()
  readonly #givenUp = new WeakMap<Process, Set<number>>()
  /** Revisions went back with the directory's clock: order says nothing any more. */
  #counterWentBack = false
  #counter = 0

  constructor(docket: Docket) {
    this.#docket = docket
  }

  rowChanged({ type, counter, row }: DirectoryEvent): void {
    if (counter < this.#counter) this.#counterWentBack = true
    this.#counter = counter
    if (type === 'created' || type === 'rotated') this.#reigns.set(row.revision, { manager: row.managerPeerId, instance: row.instance })
  }

  stepped(process: Process, _event: Event, before: State, effects: readonly Effect[]): void {
    const { role } = process.state
    if (before.role.kind === 'managing' && role.kind === 'following') this.#checkEndOfReign(process, before.role.revision ?? 0, role.slot)
    if (role.kind === 'following' && process.state.document !== before.document) this.#checkAuthor(process, before, role.slot)
    for (const effect of effects) {
      if (effect.type === 'rotate-row' && effect.to === undefined) this.#checkClaim(process, effect.revision)
    }
  }

  #checkEndOfReign(process: Process, revision: number, slot: string | undefined): void {
    if (slot === undefined) this.#givenUp.set(process, (this.#givenUp.get(process) ?? new Set()).add(revision))
    else if (!this.#counterWentBack && !this.#reignedAfter(slot, revision)) {
      this.#docket.report('step-down-to-a-newer-reign', process, `stepped down to ${slot}, which never reigned after r${revision}`)
    }
  }

  #reignedAfter(peer: string, revision: number): boolean {
    for (const [reign, { manager }] of this.#reigns) if (manager === peer && reign > revision) return true
    return false
  }

  /** Our Manager may lie to us: nobody else may. */
  #checkAuthor(process: Process, before: State, slot: string | undefined): void {
    const epoch = process.state.document.order?.epoch
    if (slot === undefined) return
    if (epoch === undefined) return this.#checkUnversioned(process, before, slot)
    if (this.#reigns.get(epoch)?.manager === slot) return
    if (this.#docket.world.liars.has(slot) && before.role.kind === 'following' && before.role.slot === slot) return
    this.#docket.report('authors-reign', process, `adopted r${epoch} from ${slot}, which never reigned under it`)
  }

  /** Without a reign in it, a document is believed of whom we follow, or of whom the row named under a reign not older than what we know. */
  #checkUnversioned(process: Process, before: State, slot: string): void {
    const follows = before.role.kind === 'following' && before.role.slot === slot
    if (follows || this.#counterWentBack || this.#reignedAfter(slot, before.floor.epoch - 1)) return
    this.#docket.report('authors-reign', process, `adopted a document of ${slot}, which last reigned before r${before.floor.epoch}`)
  }

  /** What was given up is not taken back, unless somebody handed it to us. */
  #checkClaim(process: Process, revision: number | undefined): void {
    if (revision === undefined || !this.#givenUp.get(process)?.has(revision)) return
    if (this.#reigns.get(revision)?.instance === process.spec.instance)
      this.#docket.report('given-up-is-gone', process, `claims r${revision}, which it gave up`)
  }
}
