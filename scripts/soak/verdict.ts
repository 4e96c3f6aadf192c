/** Was there a gap, a drift, or a leak? */
import type { Report } from './peer.ts'

export interface Round {
  readonly robot: Report
  readonly viewer: Report
}

/** Latency may wander by this much between the first and the last quarter. ms */
const driftMsMax = 5
/** So may the memory of a process, from the second quarter on: before that it fills its caches. MiB */
const growthMiBMax = 24
/** Entries still on their way when the last report was made. */
const underWayMax = 50

/** While a Manager is missing the domain clock goes on. */
const timedShareMin = 0.99

export interface SoakVerdict {
  readonly rows: string[][]
  readonly memory: string[][]
  /** What is wrong, in words. */
  readonly faults: readonly string[]
}

export function judgeSoak(history: readonly Round[]): SoakVerdict {
  const ids = history[0]!.viewer.streams.map(({ resourceId }) => resourceId)
  const streams = ids.map((id) => judgeStream(id, history))
  return {
    rows: streams.map(({ row }) => row),
    memory: history.map(({ robot, viewer }, index) => [String(index + 1), ...memoryCells(robot), ...memoryCells(viewer)]),
    faults: [...streams.flatMap(({ faults }) => faults), ...leak('robot', history), ...leak('viewer', history)]
  }
}

function judgeStream(id: string, history: readonly Round[]): { row: string[]; faults: string[] } {
  const rounds = history.map(({ viewer }) => viewer.streams.find(({ resourceId }) => resourceId === id)!)
  const sum = (of: (round: (typeof rounds)[number]) => number): number => rounds.reduce((total, round) => total + of(round), 0)
  const [entries, missing, doubled] = [sum((round) => round.entries), sum((round) => round.missing), sum((round) => round.doubled)]
  const timed = sum((round) => round.timed)
  const [first, last] = [rounds[0]!.latency, rounds.at(-1)!.latency]
  const appended = history.at(-1)!.robot.appended[id]! - history[0]!.robot.appended[id]!
  const came = entries - rounds[0]!.entries
  const ended = rounds.at(-1)!.ended
  const faults = [
    ...(missing > 0 ? [`${id}: ${missing} entries are missing`] : []),
    ...(doubled > 0 ? [`${id}: ${doubled} entries came twice`] : []),
    ...(Math.abs(appended - came) > underWayMax
      ? [`${id}: ${appended} entries were appended since the first round, and ${came} came`]
      : []),
    ...(last.medianMs - first.medianMs > driftMsMax
      ? [`${id}: an entry takes ${ms(last.medianMs)} ms at the end, it took ${ms(first.medianMs)} ms`]
      : []),
    ...(timed < entries * timedShareMin ? [`${id}: domain time was known for ${timed} of ${entries} entries`] : []),
    ...(ended === undefined ? [] : [`${id}: the stream ended: ${ended}`])
  ]
  const row = [id, entries, missing, doubled, Math.round(sum((round) => round.bytes) / 1e6)].map(String)
  const longest = Math.max(...rounds.map(({ latency }) => latency.maxMs))
  return { row: [...row, ms(first.medianMs), ms(last.medianMs), ms(first.p99Ms), ms(last.p99Ms), ms(longest)], faults }
}

/** One log of one session of a peer, as far as a recording has it. The entries are numbered from 0. */
export interface RecordedRun {
  readonly peerId: string
  readonly resourceId: string
  /** The how manieth log of that name, from 1: each session of the peer has its own. */
  readonly run: number
  readonly first: number
  readonly last: number
  /** Numbers left out between the first and the last. */
  readonly missing: number
  readonly doubled: number
  /** How many entries the recorder says are missing; infinity where it could not count them. */
  readonly told: number
}

/** What the recorder must have: entries up to `appended` of each log of a session, and whether it was there before the first entry. */
export interface Expected {
  readonly peerId: string
  readonly session: 'first' | 'last'
  readonly appended: Readonly<Record<string, number>>
  readonly fromStart: boolean
}

export function judgeRecording(runs: readonly RecordedRun[], expected: readonly Expected[]): { rows: string[][]; faults: string[] } {
  const faults = expected.flatMap(({ peerId, session, appended, fromStart }) =>
    Object.entries(appended).flatMap(([resourceId, count]) => {
      const found = runs.filter((one) => one.peerId === peerId && one.resourceId === resourceId).at(session === 'first' ? 0 : -1)
      const what = `recording: ${resourceId} of ${peerId}, its ${session} session`
      if (found === undefined) return [`${what}: it was never recorded`]
      const { first, last, missing, doubled, told } = found
      return [
        ...(missing > told ? [`${what}: ${missing} entries are missing, and ${told} are said to be`] : []),
        ...(doubled > 0 ? [`${what}: ${doubled} entries came twice`] : []),
        ...(last + 1 < count - underWayMax ? [`${what}: it ends with entry ${last} of ${count}`] : []),
        ...(fromStart && first > 0 && told < first ? [`${what}: it begins with entry ${first}`] : [])
      ]
    })
  )
  const rows = runs.map(({ peerId, resourceId, run, first, last, missing, told }) => [
    `${resourceId} of ${peerId.slice(-4)}`,
    ...[run, first, last, missing, told].map(String)
  ])
  return { rows, faults }
}

/** The mean of the last quarter against that of the second. */
function leak(who: 'robot' | 'viewer', history: readonly Round[]): string[] {
  const quarter = Math.max(1, Math.floor(history.length / 4))
  const mean = (rounds: readonly Round[]): number => rounds.reduce((sum, round) => sum + round[who].memory.rssMiB, 0) / rounds.length
  const [before, after] = [mean(history.slice(quarter, 2 * quarter)), mean(history.slice(-quarter))]
  return after - before > growthMiBMax
    ? [`${who}: from ${Math.round(before)} MiB in the second quarter to ${Math.round(after)} MiB in the last`]
    : []
}

const ms = (value: number): string => value.toFixed(2)
const memoryCells = ({ memory: { rssMiB, heapMiB, buffersMiB } }: Report): string[] =>
  [rssMiB, heapMiB, buffersMiB].map((of) => of.toFixed(1))
