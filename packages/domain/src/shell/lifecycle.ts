/**
 * When a presence begins and ends: joining, leaving with courtesy, being let go of, and the teardown that each way out comes to.
 */
import type { AukiError } from '@auki/canonical'
import type { BootstrapFailure } from '../core/index.ts'
import { DomainError } from '../errors.ts'
import type { Log } from '../log.ts'
import type { EffectOf, Post } from './effects.ts'
import { discoveryFailure, type Failures } from './failures.ts'

export interface LifecycleInit {
  readonly localPeerId: string
  readonly post: Post
  /** What the last requests failed of. */
  readonly failures: Failures
  /** Leaving begins, and the others still listen. */
  readonly onLeaving: () => void
  /** From here on nothing may happen any more; must not throw. */
  readonly halt: () => void
  /** Once whoever looks at {@link Lifecycle.stopped} has stopped; must not reject. */
  readonly shutDown: () => Promise<void>
  readonly log: Log
}

/** While `starting` and `leaving` somebody waits for the next one. */
export type Phase = 'starting' | 'present' | 'leaving' | 'over'

/**
 * JavaScript has no destructors: a presence whose handle was garbage collected could never be left, and would keep its cluster's row fresh forever. So the
 * handle is held by a weak reference that is checked at every alarm, and a finalizer tells of its collection where the platform runs finalizers.
 */
const collected = new FinalizationRegistry<() => void>((onGone) => onGone())

export class Lifecycle {
  readonly #init: LifecycleInit
  /** Undefined: we are in. */
  readonly #joined = Promise.withResolvers<BootstrapFailure | undefined>()
  readonly #closed = Promise.withResolvers<AukiError | undefined>()
  readonly #stopping = new AbortController()
  /** Resolves once everything is torn down: to why the presence ended, `undefined` when we left. */
  readonly closed = this.#closed.promise
  /** Aborts when the presence is over, with why. */
  readonly stopped = this.#stopping.signal
  /** What the app holds. */
  #handle: WeakRef<object> | undefined
  #phase: Phase = 'starting'
  #deleteFailure: Error | undefined

  constructor(init: LifecycleInit) {
    this.#init = init
  }

  get phase(): Phase {
    return this.#phase
  }

  /** Runs `start` and waits until we are in: `undefined`, or why not. @throws `signal.reason`, once everything is torn down. */
  async join(start: () => void, signal: AbortSignal | undefined): Promise<BootstrapFailure | undefined> {
    signal?.throwIfAborted()
    const leave = (): void => this.#init.post({ type: 'leave-called' })
    signal?.addEventListener('abort', leave, { once: true })
    start()
    const failure = await Promise.race([this.#joined.promise, this.closed.then(() => undefined)])
    signal?.removeEventListener('abort', leave)
    if (signal?.aborted === true) {
      if (failure === undefined) await this.closed
      throw signal.reason
    }
    if (failure === undefined && this.#phase === 'starting') this.#phase = 'present'
    return failure
  }

  onJoined(failure?: BootstrapFailure): void {
    this.#joined.resolve(failure)
  }

  /**
   * Leave, with courtesy: about 2 s at most. An abort cuts the courtesy short and is thrown once everything is torn down.
   *
   * The first caller gets the error of a row that could not be deleted; later ones share the run and never see it.
   */
  async leave(signal?: AbortSignal): Promise<void> {
    const { post } = this.#init
    const first = this.#phase !== 'leaving' && this.#phase !== 'over'
    const hurry = (): void => post({ type: 'leave-hurried' })
    if (first) {
      this.#phase = 'leaving'
      if (signal?.aborted !== true) this.#init.onLeaving()
      post({ type: signal?.aborted === true ? 'leave-hurried' : 'leave-called' })
    } else if (signal?.aborted === true) hurry()
    signal?.addEventListener('abort', hurry, { once: true })
    await this.closed
    signal?.removeEventListener('abort', hurry)
    signal?.throwIfAborted()
    if (first && this.#deleteFailure !== undefined) throw this.#deleteFailure
  }

  /** The core has nothing more to do. */
  onEnded({ why, deleteFailed }: EffectOf<'ended'>): void {
    const { failures, localPeerId } = this.#init
    if (deleteFailed !== undefined) this.#deleteFailure = failures.writing ?? discoveryFailure(deleteFailed)
    const message = `another process runs as ${localPeerId} and came later: this presence has ended; stop one of the two, or give one a seed of its own`
    void this.end(why === 'identity-in-use' ? new DomainError(why, message, { peer: localPeerId }) : undefined)
  }

  /** Ends the presence when `handle` is gone. Nothing that the engine holds may lead to it. */
  belongTo(handle: object): void {
    this.#handle = new WeakRef(handle)
    collected.register(handle, () => this.#abandon(), this)
  }

  /** Looks whether the app let go of its handle; true when the presence is over, then or before. */
  endIfAbandoned(): boolean {
    if (this.#handle !== undefined && this.#handle.deref() === undefined) this.#abandon()
    return this.#phase === 'over'
  }

  // Whoever let go of the handle did not leave: nobody is told, the row is swept.
  #abandon(): void {
    if (this.#phase === 'over') return
    this.#init.log('warn', 'a presence ended because its handle was dropped: use `await using`, or call leave()')
    void this.end()
  }

  /** Ends everything at once and tells nobody; resolves once it has ended. */
  async end(why?: AukiError): Promise<void> {
    if (this.#phase !== 'over') {
      this.#phase = 'over'
      this.#init.halt()
      collected.unregister(this)
      this.#stopping.abort(why ?? new DomainError('stopped', 'the cluster was left: join again'))
      await this.#init.shutDown()
      this.#closed.resolve(why)
    }
    await this.closed
  }
}
