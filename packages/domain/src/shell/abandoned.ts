/**
 * Detects that the app dropped its handle without leaving.
 *
 * JavaScript has no destructors: a presence whose handle was garbage collected could never be left, and would keep its cluster's row fresh forever. So the
 * handle is held by a weak reference that is checked at every alarm, and a finalizer tells of its collection where the platform runs finalizers.
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
