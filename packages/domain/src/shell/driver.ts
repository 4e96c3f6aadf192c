/**
 * Runs the state machine of a presence, in production and in the simulated world alike.
 *
 * Whatever happens becomes an event in the inbox; the machine turns it into a new state and a list of things to do; the driver has them done
 * and sets one timer for when the machine next wants to run. Three rules hold throughout: the shell makes no decisions, the machine never waits, adapters
 * keep no state.
 */

import type { Clock } from '@auki/canonical'
import type { Now } from '../core/index.ts'
import { alarmAfterBugMs } from './shell-settings.ts'

/** A protocol as a pure function. `nextDeadline` is monotonic ms; Infinity: never. */
export interface Machine<S, E, F> {
  step(state: S, event: E, now: Now): { readonly state: S; readonly effects: readonly F[] }
  nextDeadline(state: S): number
}

export interface DriverInit<S, E, F> {
  readonly machine: Machine<S, E, F>
  readonly clock: Clock
  /** Starts the work and returns; what comes of it is posted as an event, at once or later. */
  readonly perform: (effect: F) => void
  /** The alarm went off: post the machine's wake-up event. */
  readonly onAlarm: () => void
  /** One step was taken; what it wants done has not begun. */
  readonly onStepped?: (event: E, before: S, effects: readonly F[], now: Now) => void
  /** Nothing is left to be handled, and this is where the machine stands now. */
  readonly onSettled?: (state: S) => void
  /**
   * The machine, a performer or a listener to the settled state threw: a bug. The event, effect or call was skipped, the state is as it was before.
   *
   * A presence, and the app around it, must not die of what some peer's message could trigger.
   */
  readonly onBug: (error: unknown, what: E | F | { readonly type: 'settled' }) => void
  /** Whether the timer keeps the process alive: a caller is waiting for what it leads to. */
  readonly holdsProcess?: () => boolean
}

export class Driver<S, E, F> {
  readonly #init: DriverInit<S, E, F>
  readonly #inbox: E[] = []
  readonly #afterwards: (() => void)[] = []
  #state: S | undefined
  #phase: 'waiting' | 'idle' | 'draining' | 'stopped' = 'waiting'
  #alarm: { readonly at: number; readonly held: boolean; cancel(): void } | undefined

  constructor(init: DriverInit<S, E, F>) {
    this.#init = init
  }

  /** Where the machine stands; `undefined` before `start`, the last state after `stop`. */
  get state(): S | undefined {
    return this.#state
  }

  get now(): Now {
    return { monoMs: this.#init.clock.monoMs(), wallNs: this.#init.clock.wallNs() }
  }

  /** Events posted before wait in the inbox and are handled first. */
  start(state: S): void {
    if (this.#phase !== 'waiting') return
    this.#state = state
    this.#phase = 'idle'
    this.#drain(state)
  }

  /** Handled at once, or, when posted from an effect, after the event that led to it. After `stop` it is ignored. */
  post(event: E): void {
    if (this.#phase === 'stopped') return
    this.#inbox.push(event)
    if (this.#phase === 'idle') this.#drain(this.#state as S)
  }

  /** Calls `run` when every effect of the present state has been performed: at once, or, from within an effect, once the inbox is empty. */
  whenSettled(run: () => void): void {
    if (this.#phase === 'draining') this.#afterwards.push(run)
    else run()
  }

  /** No event is handled and no alarm rings from here on; effects of the present step are still performed. */
  stop(): void {
    this.#phase = 'stopped'
    this.#inbox.length = 0
    this.#cancelAlarm()
  }

  #drain(from: S): void {
    let state = from
    let bug = false
    this.#phase = 'draining'
    for (let event = this.#inbox.shift(); event !== undefined; event = this.#inbox.shift()) {
      try {
        const { now } = this
        const before = state
        const step = this.#init.machine.step(before, event, now)
        state = step.state
        this.#state = state
        this.#init.onStepped?.(event, before, step.effects, now)
        for (const effect of step.effects) bug = !this.#perform(effect) || bug
      } catch (error) {
        bug = true
        this.#init.onBug(error, event)
      }
    }
    for (const run of [...this.#afterwards.splice(0), () => this.#init.onSettled?.(state)]) this.#tell(run)
    if (this.#isStopped()) return
    this.#phase = 'idle'
    this.#setAlarm(state, bug ? alarmAfterBugMs : 0)
  }

  #perform(effect: F): boolean {
    try {
      this.#init.perform(effect)
      return true
    } catch (error) {
      this.#init.onBug(error, effect)
      return false
    }
  }

  #tell(run: () => void): void {
    try {
      run()
    } catch (error) {
      this.#init.onBug(error, { type: 'settled' })
    }
  }

  // A method, because the type checker does not know that performing an effect may have called `stop`.
  #isStopped(): boolean {
    return this.#phase === 'stopped'
  }

  // An alarm that comes too early is left as it is, and set anew when it rings: deadlines mostly move on.
  #setAlarm(state: S, delayMinMs = 0): void {
    const at = this.#init.machine.nextDeadline(state)
    const held = this.#init.holdsProcess?.() ?? false
    const never = at === Number.POSITIVE_INFINITY
    if (!never && this.#alarm !== undefined && this.#alarm.at <= at && this.#alarm.held === held) return
    this.#cancelAlarm()
    if (never) return
    const delayMs = Math.max(at - this.#init.clock.monoMs(), delayMinMs)
    this.#alarm = { at, held, cancel: this.#init.clock.after(delayMs, () => this.#ring(), { holdProcess: held }) }
  }

  #ring(): void {
    this.#alarm = undefined
    const state = this.#state as S
    if (this.#init.machine.nextDeadline(state) <= this.#init.clock.monoMs()) this.#init.onAlarm()
    else this.#setAlarm(state)
  }

  #cancelAlarm(): void {
    this.#alarm?.cancel()
    this.#alarm = undefined
  }
}
