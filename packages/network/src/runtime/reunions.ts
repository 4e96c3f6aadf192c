/**
 * Waiting until a peer is back: a member, as we are, and connected. Broken streams that are to be resumed wait here.
 *
 * Looked at when members or connections change, and with every tick. A peer that is waited for is dialled regardless of its redial backoff.
 */
import { abortable } from '@auki/canonical'
import type { RuntimeEnv } from '../exchange/env.ts'
import { ResetError, runtimeUnavailable } from '../exchange/exchange-errors.ts'
import type { StreamPeers } from '../streams/reopening.ts'

export interface ReunionsInit {
  readonly env: RuntimeEnv
  /** Whether the peer and we are members now. */
  readonly areMembers: (peerId: string) => boolean
  readonly isConnected: (peerId: string) => boolean
  readonly dial: (peerId: string) => void
}

interface Waiter {
  readonly peerId: string
  /** Since when the peer has been no member; `undefined` while it is one. ms */
  absentSinceMs: number | undefined
  readonly back: () => void
  readonly gone: (why: Error) => void
}

export class Reunions implements StreamPeers {
  readonly #init: ReunionsInit
  readonly #waiters = new Set<Waiter>()
  /** When each peer was last dialled because somebody waits for it, ms. */
  readonly #dialledAtMs = new Map<string, number>()
  #stopped = false

  constructor(init: ReunionsInit) {
    this.#init = init
  }

  async together(peerId: string, signal: AbortSignal): Promise<void> {
    if (this.#stopped) throw runtimeUnavailable()
    signal.throwIfAborted()
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const waiter: Waiter = { peerId, absentSinceMs: undefined, back: resolve, gone: reject }
    this.#waiters.add(waiter)
    this.look()
    return abortable(promise, signal).finally(() => this.#waiters.delete(waiter))
  }

  /** To be called when members or connections have changed, and from time to time. */
  look(): void {
    for (const waiter of [...this.#waiters]) this.#lookAt(waiter)
    if (this.#waiters.size === 0) this.#dialledAtMs.clear()
  }

  stop(): void {
    this.#stopped = true
    for (const waiter of [...this.#waiters]) waiter.gone(runtimeUnavailable())
  }

  #lookAt(waiter: Waiter): void {
    const { env, areMembers, isConnected } = this.#init
    const { peerId } = waiter
    if (areMembers(peerId)) {
      waiter.absentSinceMs = undefined
      if (!isConnected(peerId)) return this.#dial(peerId)
      this.#waiters.delete(waiter)
      return waiter.back()
    }
    const now = env.timers.monoMs()
    waiter.absentSinceMs ??= now
    const { streamAbsenceMs } = env.limits
    if (now - waiter.absentSinceMs < streamAbsenceMs) return
    this.#waiters.delete(waiter)
    waiter.gone(new ResetError(`it has been no member for ${streamAbsenceMs} ms`))
  }

  #dial(peerId: string): void {
    const { env, dial } = this.#init
    const now = env.timers.monoMs()
    const last = this.#dialledAtMs.get(peerId)
    if (last !== undefined && now - last < env.limits.redialBackoffMinMs) return
    this.#dialledAtMs.set(peerId, now)
    dial(peerId)
  }
}
