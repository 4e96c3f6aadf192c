/**
 * The timers, by name, in one table of the state. A role's own timers end with it; the others go on through all roles.
 *
 * The next alarm is the earliest of them. Some are held back: they may be overdue, and wait for something else first.
 */
import type { State } from './state.ts'

/** `admission`: a gate took too long; `departure`: a leave was never acknowledged; `push`: the document goes to all members; `scan`: a look for the silent;
 * `haste`: everything was tried every second for long enough. */
export type CommonTimer = 'admission' | 'departure' | 'push' | 'scan' | 'haste'

export interface RoleTimers {
  /** `step`: the present step is over; `poll`: the row is read beside a join under way. */
  readonly starting: 'step' | 'poll'
  /** `answer`: what was asked counts as unanswered; `rotate`: the row may be claimed back; `tick`: liveness; `lapse`: the lease runs out;
   * `repeat`: some members are due for the document again; `doubt`: witnesses took too long. */
  readonly managing: 'answer' | 'rotate' | 'tick' | 'lapse' | 'repeat' | 'doubt'
  /** `read`, `commit`: counts as unanswered; `stance`: the present one is over; `rejoin`: an attempt is over, or the next one due. */
  readonly following: 'read' | 'commit' | 'stance' | 'rejoin'
  /** `deadline`: the courtesy is over; `goodbye`: the successor's document was waited for long enough. */
  readonly leaving: 'deadline' | 'goodbye'
  readonly ended: never
}

export type TimerName = CommonTimer | RoleTimers[keyof RoleTimers]

/** When each goes off (monotonic ms); one that is missing does not. */
export type Timers = Readonly<Partial<Record<TimerName, number>>>

/** In the order in which they are served where several are due. */
export const timerNames: readonly TimerName[] = [
  ...(['step', 'poll', 'answer', 'rotate', 'tick', 'lapse', 'read', 'commit', 'stance', 'rejoin'] as const),
  ...(['admission', 'departure', 'push', 'repeat', 'deadline', 'goodbye', 'doubt', 'haste', 'scan'] as const)
]

const common: ReadonlySet<string> = new Set<CommonTimer>(['admission', 'departure', 'push', 'scan', 'haste'])

/** Those that outlive a role. */
export const commonTimers = (timers: Timers): Timers => Object.fromEntries(Object.entries(timers).filter(([name]) => common.has(name)))

/** The timers that go off by `ms`, and are not held back. */
export const isDue = (state: State, name: TimerName, ms: number): boolean =>
  ms >= (state.timers[name] ?? Number.POSITIVE_INFINITY) && !isHeld(state, name)

function isHeld({ role, watchUp }: State, name: TimerName): boolean {
  switch (name) {
    case 'poll': // a watch that is up shows the row
      return watchUp && role.kind === 'starting' && role.step.kind === 'joining' && role.step.read === undefined
    case 'tick':
    case 'rotate': // one question at a time
      return role.kind === 'managing' && role.ask !== undefined
    case 'stance': // a write of ours decides
      return role.kind === 'following' && role.commit !== undefined
    default:
      return false
  }
}

/** The earliest of all that are not held back; `Infinity`: none. */
export function earliestTimer(state: State, except: TimerName | undefined): number {
  let earliest = Number.POSITIVE_INFINITY
  for (const name of timerNames) {
    const at = state.timers[name]
    if (at !== undefined && at < earliest && name !== except && !isHeld(state, name)) earliest = at
  }
  return earliest
}
