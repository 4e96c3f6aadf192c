/**
 * One step's working copy: the state as it becomes, the effects as they pile up, and the few helpers every rule needs.
 * It lives for one call of `step`; the state it started from is never touched.
 *
 * `Draft<Managing>` is one whose role is known: only there can that role be changed. Whoever changes the role goes on with what `become` returns.
 */

import type { Effect, LogLevel } from './effect.ts'
import type { Now } from './events.ts'
import type { Starting } from './joining-state.ts'
import type { Ask, Following, Managing, Role, RoleOf } from './role.ts'
import { discoveryRequestMs, urgentMs } from './settings.ts'
import type { State, UrgedKind } from './state.ts'
import { commonTimers, type TimerName, type Timers } from './timers.ts'

export class Draft<R extends Role = Role> {
  state: State
  readonly now: Now
  readonly effects: Effect[] = []

  constructor(state: State, now: Now) {
    this.state = state
    this.now = now
  }

  get ms(): number {
    return this.now.monoMs
  }

  get me(): string {
    return this.state.self.peerId
  }

  get role(): R {
    return this.state.role as R
  }

  set(patch: Partial<State>): void {
    this.state = { ...this.state, ...patch }
  }

  /** Take another role; timers of the one before are over. */
  become<N extends Role>(role: N): Draft<N> {
    this.set({ role, timers: commonTimers(this.state.timers) })
    return this as unknown as Draft<N>
  }

  start(this: Draft<Starting>, patch: Partial<Starting>): void {
    this.set({ role: { ...still(this.role, 'starting'), ...patch } })
  }

  manage(this: Draft<Managing>, patch: Partial<Managing>): void {
    this.set({ role: { ...still(this.role, 'managing'), ...patch } })
  }

  follow(this: Draft<Following>, patch: Partial<Following>): void {
    this.set({ role: { ...still(this.role, 'following'), ...patch } })
  }

  /** When (monotonic ms) a timer goes off; `Infinity`: never. */
  timer(name: TimerName): number {
    return this.state.timers[name] ?? Number.POSITIVE_INFINITY
  }

  /** Is a timer set, and not over yet? One that went off is not set any more. */
  isAhead(name: TimerName): boolean {
    const at = this.state.timers[name]
    return at !== undefined && this.ms < at
  }

  /** Wake us at `at` (monotonic ms); `Infinity`: no longer. */
  arm(name: TimerName, at: number): void {
    const { [name]: known, ...others } = this.state.timers
    if (known === at || (known === undefined && at === Number.POSITIVE_INFINITY)) return
    const timers: Timers = at === Number.POSITIVE_INFINITY ? others : { ...others, [name]: at }
    this.set({ timers })
  }

  disarm(name: TimerName): void {
    this.arm(name, Number.POSITIVE_INFINITY)
  }

  emit(effect: Effect): void {
    this.effects.push(effect)
  }

  log(level: LogLevel, text: string, details: Readonly<Record<string, string | number | boolean>> = {}): void {
    this.emit({ type: 'log', level, text, details })
  }

  /** The next question's number. */
  number(): number {
    const no = this.state.nextNo
    this.set({ nextNo: no + 1 })
    return no
  }

  /** A question that counts as unanswered after `patienceMs`, when `timer` goes off. */
  ask(timer: TimerName, patienceMs: number = discoveryRequestMs): Ask {
    this.arm(timer, this.ms + patienceMs)
    return { no: this.number(), sentAt: this.now, said: this.state.self.multiaddrs }
  }

  /** Uniform in [0, 1): chance is a value in the state (mulberry32). */
  draw(): number {
    const seed = (this.state.seed + 0x6d2b79f5) | 0
    this.set({ seed })
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }

  /** `ms` give or take `share` of it. */
  jittered(ms: number, share: number): number {
    return ms * (1 - share + 2 * share * this.draw())
  }

  /** May a peer make us do this again? At most once a second and kind. */
  urged(kind: UrgedKind): boolean {
    const last = this.state.urged[kind]
    if (last !== undefined && this.ms - last < urgentMs) return false
    this.set({ urged: { ...this.state.urged, [kind]: this.ms } })
    return true
  }
}

/** A draft whose type says less than its state knows. */
export const inRole = <K extends Role['kind']>(draft: Draft, kind: K): draft is Draft<RoleOf<K>> => draft.state.role.kind === kind

function still<R extends Role>(role: R, kind: R['kind']): R {
  if (role.kind !== kind) throw new Error(`a bug: a change for the role "${kind}" came when it was "${role.kind}"`)
  return role
}

/** Exponential backoff: `first`, doubling to `max`, give or take `jitter`. */
export function backoff(draft: Draft, failures: number, pause: { first: number; max: number; jitter: number }): number {
  return draft.jittered(Math.min(pause.max, pause.first * 2 ** Math.min(failures, 16)), pause.jitter)
}
