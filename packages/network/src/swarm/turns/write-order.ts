/**
 * Who writes next on a connection that is full: the most urgent stream, and of those one that is in the middle of an entry, and then the one that has waited
 * longest. An entry that was begun grows old with every piece of others, one that was not may be replaced by a newer one.
 */

/** Most urgent first. */
export const urgencies = ['control', 'pose', 'bulk'] as const
export type Urgency = (typeof urgencies)[number]

/** Whether a stream is in the middle of an entry. */
export type Place = 'begun' | 'next'
type Waiting = Readonly<Record<Place, Set<() => void>>>

const nobody = (): Waiting => ({ begun: new Set(), next: new Set() })

export class WriteOrder {
  readonly #waiting: Readonly<Record<Urgency, Waiting>> = { control: nobody(), pose: nobody(), bulk: nobody() }

  get isWaiting(): boolean {
    return !this.isFirst('bulk')
  }

  /** Whether nobody waits who would write before a newcomer, or before one in the middle of an entry. */
  isFirst(urgency: Urgency, place: Place = 'next'): boolean {
    for (const each of urgencies) {
      const { begun, next } = this.#waiting[each]
      if (each === urgency) return begun.size === 0 && (place === 'begun' || next.size === 0)
      if (begun.size + next.size > 0) return false
    }
    return true
  }

  /** Adds one to those who wait; the returned function takes it out. */
  wait(urgency: Urgency, run: () => void, place: Place = 'next'): () => void {
    const waiting = this.#waiting[urgency][place]
    waiting.add(run)
    return () => void waiting.delete(run)
  }

  /** Takes out who writes next; `undefined` if nobody may, given for whom there is room. */
  next(hasRoom: (urgency: Urgency, place: Place) => boolean): (() => void) | undefined {
    for (const urgency of urgencies) {
      const { begun, next } = this.#waiting[urgency]
      const [run] = begun.size > 0 ? begun : next
      if (run === undefined) continue
      // Whoever is less urgent has less room.
      if (!hasRoom(urgency, begun.size > 0 ? 'begun' : 'next')) return undefined
      begun.delete(run)
      next.delete(run)
      return run
    }
    return undefined
  }
}
