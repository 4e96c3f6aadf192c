/**
 * True time, and what happens in it.
 *
 * One binary heap of things to do, by time and, at equal times, in the order in which they were put in. Nothing waits and nothing sleeps: time jumps from one
 * thing to the next.
 */

interface Item {
  readonly at: number
  readonly no: number
  readonly run: () => void
}

export class EventQueue {
  readonly #heap: Item[] = []
  #next = 0
  #now = 0
  #halted = false

  /** True time, ms. No peer knows it. */
  get now(): number {
    return this.#now
  }

  /** Runs `run` at a true time; one that is over counts as now. */
  at(time: number, run: () => void): void {
    if (Number.isNaN(time)) throw new RangeError('time is not a number')
    if (time === Number.POSITIVE_INFINITY) return
    this.#push({ at: time < this.#now ? this.#now : time, no: this.#next++, run })
  }

  after(ms: number, run: () => void): void {
    this.at(this.#now + ms, run)
  }

  /** Lets everything happen that is due until a true time, and makes that the present. */
  runUntil(time: number): void {
    const heap = this.#heap
    while (!this.#halted && heap.length > 0 && heap[0]!.at <= time) {
      const item = this.#pop()
      this.#now = item.at
      item.run()
    }
    if (!this.#halted) this.#now = Math.max(this.#now, time)
  }

  /** Nothing happens any more. */
  halt(): void {
    this.#halted = true
  }

  get halted(): boolean {
    return this.#halted
  }

  #push(item: Item): void {
    const heap = this.#heap
    let at = heap.length
    heap.push(item)
    while (at > 0) {
      const parent = (at - 1) >> 1
      const above = heap[parent]!
      if (before(above, item)) break
      heap[at] = above
      at = parent
    }
    heap[at] = item
  }

  #pop(): Item {
    const heap = this.#heap
    const top = heap[0]!
    const last = heap.pop()!
    const size = heap.length
    if (size === 0) return top
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= size) break
      if (child + 1 < size && before(heap[child + 1]!, heap[child]!)) child++
      if (before(last, heap[child]!)) break
      heap[at] = heap[child]!
      at = child
    }
    heap[at] = last
    return top
  }
}

function before(a: Item, b: Item): boolean {
  return a.at < b.at || (a.at === b.at && a.no < b.no)
}
