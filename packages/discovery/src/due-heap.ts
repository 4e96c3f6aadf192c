/** Which row falls due first. Rows live unequally long, so the order of their stamps is not that of their due times. */

interface Due {
  readonly name: string
  readonly dueMs: number
  /** Grows with each `set`: of those due at one time the one stamped first goes first. */
  readonly no: number
}

/** Names with their due times as a binary heap, each name once: what an old stamp said is gone, so a flood of refreshes takes no room. */
export class DueHeap {
  readonly #heap: Due[] = []
  /** Where each name stands in the heap. */
  readonly #places = new Map<string, number>()
  #no = 0

  /** The earliest; `undefined`: there is none. */
  first(): { readonly name: string; readonly dueMs: number } | undefined {
    return this.#heap[0]
  }

  /** Due then, and not when it was due before. */
  set(name: string, dueMs: number): void {
    const place = this.#places.get(name) ?? this.#heap.length
    this.#settle(place, { name, dueMs, no: ++this.#no })
  }

  delete(name: string): void {
    const place = this.#places.get(name)
    if (place === undefined) return
    this.#places.delete(name)
    const last = this.#heap.pop()!
    if (last.name !== name) this.#settle(place, last)
  }

  /** Puts it where it belongs; `place` is free. */
  #settle(place: number, due: Due): void {
    this.#down(this.#up(place, due), due)
  }

  #up(place: number, due: Due): number {
    let at = place
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!isBefore(due, this.#heap[parent]!)) break
      this.#put(at, this.#heap[parent]!)
      at = parent
    }
    return at
  }

  #down(place: number, due: Due): void {
    let at = place
    for (;;) {
      const child = this.#earlierChild(at)
      if (child === undefined || !isBefore(this.#heap[child]!, due)) break
      this.#put(at, this.#heap[child]!)
      at = child
    }
    this.#put(at, due)
  }

  #earlierChild(at: number): number | undefined {
    const left = 2 * at + 1
    const right = left + 1
    if (left >= this.#heap.length) return undefined
    return right < this.#heap.length && isBefore(this.#heap[right]!, this.#heap[left]!) ? right : left
  }

  #put(at: number, due: Due): void {
    this.#heap[at] = due
    this.#places.set(due.name, at)
  }
}

const isBefore = (a: Due, b: Due): boolean => a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.no < b.no)
