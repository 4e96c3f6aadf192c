/**
 * Has the app let go of its handle?
 *
 * JavaScript has no drop: a presence that nobody can leave any more would keep its cluster's row fresh for ever. So the handle is held weakly, looked
 * for at every alarm, and, as best effort, its collection is told.
 */
const collected = new FinalizationRegistry<() => void>((onGone) => onGone())

export class AbandonedHandle {
  readonly #onGone: () => void
  #handle: WeakRef<object> | undefined

  constructor(onGone: () => void) {
    this.#onGone = onGone
  }

  watch(handle: object): void {
    this.#handle = new WeakRef(handle)
    collected.register(handle, this.#onGone, this)
  }

  /** True once the watched handle was collected. */
  get isGone(): boolean {
    return this.#handle !== undefined && this.#handle.deref() === undefined
  }

  forget(): void {
    this.#handle = undefined
    collected.unregister(this)
  }
}
