import type { Checks } from '../checks.ts'
import { arrivals } from '../measures.ts'
import { nowMs } from '../messages.ts'
import type { Scenario } from '../scenario.ts'
import { pause, setUp, untilSettled, untilStreams } from '../stage.ts'

const boundMs = 1_500
const waitMs = 60_000
const quietMs = 2_000

/** A member's process is stopped for a while, as by a lid that closes. */
async function asleep(ms: number, checks: Checks): Promise<void> {
  await using stage = await setUp(['a', 'b', 'c'])
  const { peers } = stage
  const [, awake, sleeper] = peers
  await pause(quietMs)
  const fromMs = nowMs()
  const wokeMs = await sleeper!.sleep(ms)
  const [settledMs, streamsMs] = await Promise.all([untilSettled(peers, wokeMs, waitMs), untilStreams(peers, wokeMs, waitMs)])
  const own = (await awake!.streams()).find(({ from }) => from === sleeper!.peerId)!
  checks.sure('it was asleep', arrivals(own, fromMs + quietMs, wokeMs) === 0 && own.atMs.length > 0)
  checks.within('it is a member again', settledMs, boundMs)
  checks.within('all streams run', streamsMs, boundMs)
}

export const sleep: Scenario = {
  name: 'sleep',
  what: 'a member is stopped (SIGSTOP) for a while',
  cases: (form) =>
    (form === 'short' ? [5] : [5, 20, 30, 120]).map((seconds) => ({
      title: `${seconds} s`,
      run: (checks) => asleep(seconds * 1_000, checks)
    }))
}
