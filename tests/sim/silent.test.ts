/** Candidates that are connected and silent (sybils, or machines that froze) delay a takeover by two turns, however many they are. */
import * as core from '@auki/domain/core'
import { playSilence } from '@auki/testkit/sim'
import { expect, test } from 'vitest'

const patienceMs = 120_000 // a busy machine; alone it takes a few seconds

test.each([8, 100])('%i silent candidates: somebody else takes over within the row’s life and 6 s', { timeout: patienceMs }, (silent) => {
  const { violation, takeoverMs } = playSilence({ core, seed: 1, silent })
  console.log(`${silent} silent candidates: ${takeoverMs} ms`)
  expect(violation).toBeUndefined()
  expect(takeoverMs).toBeGreaterThan(3_000)
  expect(takeoverMs).toBeLessThanOrEqual(9_000)
})
