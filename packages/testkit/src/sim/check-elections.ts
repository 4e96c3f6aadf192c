/** Nobody waits for candidates for ever: 4 s after a follower saw the row absent it asks for it, if it may reign. */
import type { Docket } from './checks.ts'
import type { Effect, Event, State } from './core.ts'
import { mayReign } from './heirs.ts'
import type { Process } from './process.ts'

interface Notes {
  /** Monotonic ms; since then every look showed no row. */
  absentSince: number | undefined
  /** It has to ask by then, and how long it had been halted when that was noted. */
  owes: { readonly byMono: number; readonly haltedMs: number } | undefined
  newestRevision: number
  /** Its last write to Discovery, monotonic ms: the next one waits for up to 2 s. */
  wroteMono: number
  /** How often it learnt something. */
  learnt: number
  /** The last read, whose answer alone is waited for; and how often it had learnt something then. */
  read: { readonly no: number; readonly learnt: number } | undefined
}

const openMs = 4_000
const spreadMs = 500
const slackMs = 150
const writePauseMaxMs = 2_000

export class ElectionCheck {
  readonly #docket: Docket
  readonly #notes = new WeakMap<Process, Notes>()
  /** Revisions went back with the directory's clock: which look is the newest can't be told from here. */
  #counterWentBack = false

  constructor(docket: Docket) {
    this.#docket = docket
  }

  rowsForgotten(): void {
    this.#counterWentBack = true
  }

  stepped(process: Process, event: Event, before: State, effects: readonly Effect[]): void {
    const notes = this.#notesOf(process)
    this.#look(process, notes, event, before)
    for (const effect of effects) {
      if (effect.type === 'read-row') notes.read = { no: effect.no, learnt: notes.learnt }
      if (effect.type === 'create-row' || effect.type === 'rotate-row') notes.wroteMono = process.loop.mono()
    }
    const { role } = process.state
    const asks = effects.some(({ type }) => type === 'create-row')
    // Settled: by a document, an Accept or a heartbeat, which say more than the look before.
    const looks = role.kind === 'following' && before.role.kind === 'following' && 'turns' in role.stance
    if (!looks || process.state.document !== before.document) notes.absentSince = undefined
    if (asks || notes.absentSince === undefined || (role.kind === 'following' && role.commit !== undefined)) notes.owes = undefined
    const { owes } = notes
    if (this.#counterWentBack || owes === undefined || owes.haltedMs !== process.haltedMs || process.loop.mono() <= owes.byMono) return
    const sinceMs = Math.round(process.loop.mono() - (notes.absentSince ?? 0))
    this.#docket.report('everybody-creates', process, `the row was seen absent ${sinceMs} ms ago, and it goes on waiting`)
    notes.owes = undefined
  }

  #look(process: Process, notes: Notes, event: Event, { floor }: State): void {
    switch (event.type) {
      case 'row-read':
        if (event.outcome.kind === 'trouble' || notes.read?.no !== event.no || notes.read.learnt !== notes.learnt) return
        return this.#see(process, notes, event.outcome.kind === 'row' ? (event.outcome.row.revision ?? 0) : undefined)
      case 'row-created':
        return event.outcome.kind === 'trouble' ? undefined : this.#see(process, notes, event.outcome.row.revision ?? 0)
      case 'row-rotated':
        return event.outcome.kind === 'trouble' || event.outcome.kind === 'absent'
          ? undefined
          : this.#see(process, notes, event.outcome.row.revision ?? 0)
      case 'watch-snapshot':
        return this.#see(process, notes, event.row?.revision)
      case 'watch-changed': {
        const revision = event.row.revision ?? 0
        const gone = event.change === 'swept' || event.change === 'deleted'
        return revision < Math.max(notes.newestRevision, floor.epoch) ? undefined : this.#see(process, notes, gone ? undefined : revision)
      }
      default:
    }
  }

  /** `undefined`: no row. */
  #see(process: Process, notes: Notes, revision: number | undefined): void {
    const now = process.loop.mono()
    notes.learnt++
    if (revision !== undefined) {
      notes.newestRevision = Math.max(notes.newestRevision, revision)
      notes.absentSince = undefined
      return
    }
    notes.absentSince ??= now
    if (!mayReign(process, process.state) || now - notes.absentSince < openMs) return
    const dueMono = Math.max(now, notes.wroteMono + writePauseMaxMs)
    notes.owes ??= { byMono: dueMono + spreadMs + slackMs, haltedMs: process.haltedMs }
  }

  #notesOf(process: Process): Notes {
    const known = this.#notes.get(process)
    if (known !== undefined) return known
    const notes: Notes = {
      absentSince: undefined,
      owes: undefined,
      newestRevision: 0,
      wroteMono: Number.NEGATIVE_INFINITY,
      learnt: 0,
      read: undefined
    }
    this.#notes.set(process, notes)
    return notes
  }
}
