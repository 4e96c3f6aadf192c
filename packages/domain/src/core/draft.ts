/**
 * One step's working copy: the state as it becomes, the effects as they pile up, and the few helpers every rule needs.
 * It lives for one call of `step`; the state it started from is never touched.
 */
import type { Effect, LogLevel, Now } from './events.ts'
import { discoveryRequestMs, urgentMs } from './settings.ts'
import type { Ask, Following, Managing, Role, State, UrgedKind } from './state.ts'

export class Draft {
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

  set(patch: Partial<State>): void {
    this.state = { ...this.state, ...patch }
  }

  become(role: Role): void {
    this.set({ role })
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

  /** A question that counts as unanswered after `patienceMs`. */
  ask(patienceMs: number = discoveryRequestMs): Ask {
    return { no: this.number(), sentAt: this.now, until: this.ms + patienceMs }
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

  managing(): Managing | undefined {
    return this.state.role.kind === 'managing' ? this.state.role : undefined
  }

  following(): Following | undefined {
    return this.state.role.kind === 'following' ? this.state.role : undefined
  }

  /** Change the present role, where it still is a `managing` one. */
  manage(patch: Partial<Managing>): void {
    const role = this.managing()
    if (role !== undefined) this.become({ ...role, ...patch })
  }

  follow(patch: Partial<Following>): void {
    const role = this.following()
    if (role !== undefined) this.become({ ...role, ...patch })
  }
}

/** Exponential backoff: `first`, doubling to `max`, give or take `jitter`. */
export function backoff(draft: Draft, failures: number, pause: { first: number; max: number; jitter: number }): number {
  return draft.jittered(Math.min(pause.max, pause.first * 2 ** Math.min(failures, 16)), pause.jitter)
}
