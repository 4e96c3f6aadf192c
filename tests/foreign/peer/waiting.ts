/** Waiting for what must come: with a deadline, and a word about what was missing. */

/** Long enough for a loaded machine; a test that meets it has failed. */
const patienceMs = 10_000

/** Rings when something has changed; who waits looks again. */
export class Bell {
  readonly #waiting = new Set<() => void>()

  ring(): void {
    for (const look of [...this.#waiting]) look()
  }

  /** The first thing that `look` finds. @throws Error naming `what`, when it has not come in time. */
  until<T>(what: string, look: () => T | undefined, withinMs: number = patienceMs): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    const missing = new Error(`waited ${withinMs} ms for ${what}`)
    const again = (): void => {
      const found = look()
      if (found !== undefined) resolve(found)
    }
    const deadline = setTimeout(() => reject(missing), withinMs)
    this.#waiting.add(again)
    again()
    return promise.finally(() => {
      clearTimeout(deadline)
      this.#waiting.delete(again)
    })
  }
}

/** Everything of one sort that came in, in order. */
export class Feed<T> {
  readonly all: T[] = []
  readonly #bell = new Bell()

  push(item: T): void {
    this.all.push(item)
    this.#bell.ring()
  }

  /** The first one, from the `from`-th on, that matches. */
  first(what: string, matches: (item: T) => boolean = () => true, from = 0): Promise<T> {
    return this.#bell.until(what, () => this.all.slice(from).find(matches))
  }

  /** The next one that comes from now on and matches. */
  next(what: string, matches?: (item: T) => boolean): Promise<T> {
    return this.first(what, matches, this.all.length)
  }

  /** All, as soon as there are `count`. */
  async atLeast(count: number, what: string): Promise<readonly T[]> {
    await this.#bell.until(`${count} of ${what}`, () => (this.all.length >= count ? true : undefined))
    return this.all
  }
}
