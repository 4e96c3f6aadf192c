/** Who writes next on a connection that is full: the most urgent stream, and of those the one that has waited longest. Each time is for one piece. */

/** Most urgent first. */
export const urgencies = ['control', 'pose', 'bulk'] as const
export type Urgency = (typeof urgencies)[number]

export class WriteOrder {
  readonly #waiting: Readonly<Record<Urgency, Set<() => void>>> = { control: new Set(), pose: new Set(), bulk: new Set() }

  /** Whether nobody waits who would write before a newcomer. */
  isFirst(urgency: Urgency): boolean {
    for (const each of urgencies) {
      if (this.#waiting[each].size > 0) return false
      if (each === urgency) return true
    }
    return true
  }

  /** Adds one to those who wait; the returned function takes it out. */
  wait(urgency: Urgency, run: () => void): () => void {
    const waiting = this.#waiting[urgency]
    waiting.add(run)
    return () => void waiting.delete(run)
  }

  /** Takes out who writes next; `undefined` if nobody may, given for whom there is room. */
  next(hasRoom: (urgency: Urgency) => boolean): (() => void) | undefined {
    for (const urgency of urgencies) {
      const [run] = this.#waiting[urgency]
      if (run === undefined) continue
      // Whoever is less urgent has less room.
      if (!hasRoom(urgency)) return undefined
      this.#waiting[urgency].delete(run)
      return run
    }
    return undefined
  }
}
