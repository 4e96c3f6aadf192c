/** The judge of a soak finds what it is there to find: a gap, a double, a loss, a drift, a leak, a stream that ends, a time that nobody knows. */
import { describe, expect, test } from 'vitest'
import type { StreamReport } from '../../scripts/soak/messages.ts'
import { Tally } from '../../scripts/soak/tally.ts'
import { judgeRecording, judgeSoak, type RecordedRun, type Round } from '../../scripts/soak/verdict.ts'

interface Said extends Partial<StreamReport> {
  readonly appended?: number
  readonly rssMiB?: number
  readonly medianMs?: number
}

const soak = (change: (round: number) => Said = () => ({})): readonly string[] =>
  judgeSoak(
    Array.from({ length: 8 }, (_, round): Round => {
      const { appended = 100 * (round + 1), rssMiB = 200, medianMs = 1, ...stream } = change(round)
      const memory = { rssMiB, heapMiB: 20, buffersMiB: 20 }
      const latency = { medianMs, p99Ms: 2, maxMs: 3 }
      const fine = { resourceId: 'left', entries: 100, timed: 100, missing: 0, doubled: 0, bytes: 1, latency, ended: undefined }
      return {
        robot: { type: 'report', memory, streams: [], appended: { left: appended } },
        viewer: { type: 'report', memory, streams: [{ ...fine, ...stream }], appended: {} }
      }
    })
  ).faults

describe('the judge of a soak', () => {
  test('has nothing to say when all went well', () => {
    expect(soak()).toEqual([])
  })

  test.each<[string, (round: number) => Said, RegExp]>([
    ['missing entries', (round) => ({ missing: round === 3 ? 2 : 0 }), /2 entries are missing/],
    ['entries that came twice', (round) => ({ doubled: round === 3 ? 1 : 0 }), /1 entries came twice/],
    [
      'entries that never came',
      (round) => ({ appended: 110 * (round + 1) }),
      /770 entries were appended since the first round, and 700 came/
    ],
    ['latency that drifts', (round) => ({ medianMs: 1 + round }), /takes 8.00 ms at the end, it took 1.00 ms/],
    ['time that is not known', () => ({ timed: 90 }), /domain time was known for 720 of 800/],
    ['a stream that ended', (round) => (round < 7 ? {} : { ended: 'finished' }), /the stream ended: finished/],
    ['memory that grows', (round) => ({ rssMiB: 200 + 10 * round }), /robot: from 225 MiB in the second quarter to 265 MiB/]
  ])('tells of %s', (_, change, told) => {
    expect(soak(change).join('\n')).toMatch(told)
  })
})

test('a tally tells what is missing from what came twice', () => {
  const tally = new Tally('left')
  for (const number of [7, 8, 11, 11, 9, 12]) tally.count(number, undefined, 1)
  expect(tally.take()).toMatchObject({ entries: 6, timed: 0, missing: 2, doubled: 2, bytes: 6 })
  tally.count(13, 4, 1)
  expect(tally.take()).toMatchObject({ entries: 1, timed: 1, missing: 0, doubled: 0, latency: { medianMs: 4 } })
})

describe('the judge of a recording', () => {
  const run: RecordedRun = { peerId: 'rover', resourceId: 'pose', run: 1, first: 10, last: 999, missing: 0, doubled: 0, told: 0 }
  const faultsOf = (runs: readonly RecordedRun[], fromStart = false, session: 'first' | 'last' = 'last'): string =>
    judgeRecording(runs, [{ peerId: 'rover', session, appended: { pose: 1_000 }, fromStart }]).faults.join('\n')

  test('has nothing to say of what is there, and of what the recorder says is missing', () => {
    expect(faultsOf([run])).toBe('')
    expect(faultsOf([{ ...run, missing: 7, told: 7 }])).toBe('')
    expect(faultsOf([run, { ...run, run: 2, first: 0 }], true)).toBe('')
  })

  test.each<[string, string, RegExp]>([
    ['a log that is not there', faultsOf([{ ...run, resourceId: 'other' }]), /never recorded/],
    ['missing entries', faultsOf([{ ...run, missing: 7, told: 6 }]), /7 entries are missing, and 6 are said to be/],
    ['entries that came twice', faultsOf([{ ...run, doubled: 1 }]), /1 entries came twice/],
    ['an end that is not there', faultsOf([{ ...run, last: 900 }]), /ends with entry 900 of 1000/],
    ['a beginning that is not there', faultsOf([run], true), /begins with entry 10/],
    [
      'a session that is short',
      faultsOf(
        [
          { ...run, last: 3 },
          { ...run, run: 2 }
        ],
        false,
        'first'
      ),
      /first session: it ends with entry 3/
    ]
  ])('tells of %s', (_, faults, told) => {
    expect(faults).toMatch(told)
  })
})
