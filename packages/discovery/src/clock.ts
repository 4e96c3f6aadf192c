/** Time as the service takes it: two clocks and an alarm, handed in so that tests can run on time of their own. */

/** A source of time and of wake-ups. */
export interface ServiceClock {
  /** Monotonic ms, any origin. */
  nowMs(): number
  /** Wall clock, unix ns. */
  unixNs(): bigint
  /** Calls `wake` once, `ms` from now or a little later; disposing the handle cancels that. It keeps no process alive. */
  wakeAfter(ms: number, wake: () => void): Disposable
}

/** The machine's clocks and timers. */
export const systemClock: ServiceClock = {
  nowMs: () => performance.now(),
  unixNs: () => BigInt(Date.now()) * 1_000_000n,
  wakeAfter: (ms, wake) => {
    const timer = setTimeout(wake, Math.ceil(ms)).unref()
    return { [Symbol.dispose]: () => clearTimeout(timer) }
  }
}

/** A clock that moves only when told to; for tests. */
export interface ManualClock extends ServiceClock {
  /** Moves both clocks on by `ms`, and wakes on the way, in order, whoever asked to be woken by then. */
  advance(ms: number): void
  /** Wake-ups still outstanding. */
  readonly pending: number
}

/** A {@link ManualClock} at monotonic 0 and the given unix time. */
export function manualClock(unixMs = 1_700_000_000_000): ManualClock {
  const alarms = new Set<{ readonly dueMs: number; readonly wake: () => void }>()
  let nowMs = 0
  const earliest = () => [...alarms].sort((a, b) => a.dueMs - b.dueMs)[0]
  return {
    nowMs: () => nowMs,
    unixNs: () => BigInt(unixMs + Math.floor(nowMs)) * 1_000_000n,
    wakeAfter(ms, wake) {
      const alarm = { dueMs: nowMs + ms, wake }
      alarms.add(alarm)
      return { [Symbol.dispose]: () => void alarms.delete(alarm) }
    },
    advance(ms) {
      const until = nowMs + ms
      for (let alarm = earliest(); alarm !== undefined && alarm.dueMs <= until; alarm = earliest()) {
        alarms.delete(alarm)
        nowMs = Math.max(nowMs, alarm.dueMs)
        alarm.wake()
      }
      nowMs = until
    },
    get pending() {
      return alarms.size
    }
  }
}
