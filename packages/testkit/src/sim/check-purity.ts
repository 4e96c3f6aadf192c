/** The core is a function: the same step comes out the same, leaves what it was given as it was, and a wake-up before its time changes nothing. */
import { isDeepStrictEqual } from 'node:util'
import type { Docket } from './checks.ts'
import type { Core, Effect, Event, Now, State } from './core.ts'
import type { Process } from './process.ts'

const every = 97 // steps; looking is dearer than stepping

export class PurityCheck {
  readonly #docket: Docket
  readonly #core: Core
  #steps = 0

  constructor(docket: Docket, core: Core) {
    this.#docket = docket
    this.#core = core
  }

  stepped(process: Process, event: Event, before: State, effects: readonly Effect[], now: Now): void {
    if (++this.#steps % every !== 0) return
    const again = this.#core.step(before, event, now)
    if (!isDeepStrictEqual(again.effects, effects) || !isDeepStrictEqual(again.state, process.state)) {
      this.#docket.report('same-step-same-result', process, `${event.type} came out differently the second time`)
    }
    const { state } = process
    if (this.#core.nextDeadline(state) <= now.monoMs) return
    // Only the next look at the silent may move, while there is nobody to look at.
    const early = this.#core.step(state, { type: 'woken' }, now)
    if (
      early.effects.length > 0 ||
      !isDeepStrictEqual({ ...early.state, timers: { ...early.state.timers, scan: state.timers.scan } }, state)
    ) {
      this.#docket.report(
        'early-wake-changes-nothing',
        process,
        `a wake-up after ${event.type} and before the deadline did something: ${early.effects.map(({ type }) => type)}`
      )
    }
  }
}
