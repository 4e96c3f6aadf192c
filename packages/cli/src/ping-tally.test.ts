import { expect, test } from 'vitest'
import { PingTally } from './ping-tally.ts'

function tallyOf(...rttsMs: (number | undefined)[]): PingTally {
  const tally = new PingTally()
  for (const rttMs of rttsMs) tally.note(rttMs)
  return tally
}

test.each([
  [[], { sent: 0, received: 0, lossPercent: 0, minMs: undefined, medianMs: undefined, maxMs: undefined }],
  [[undefined], { sent: 1, received: 0, lossPercent: 100, minMs: undefined, medianMs: undefined, maxMs: undefined }],
  [[3], { sent: 1, received: 1, lossPercent: 0, minMs: 3, medianMs: 3, maxMs: 3 }],
  [[10, 9, undefined, 100], { sent: 4, received: 3, lossPercent: 25, minMs: 9, medianMs: 10, maxMs: 100 }],
  [[1, 2, 3, 10, undefined, undefined], { sent: 6, received: 4, lossPercent: 33.3, minMs: 1, medianMs: 2.5, maxMs: 10 }]
])('%j', (rttsMs, summary) => {
  expect(tallyOf(...rttsMs).summary).toEqual(summary)
})
