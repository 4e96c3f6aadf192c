import { expect, test } from 'vitest'
import { readConfirmation } from '../protocols/stream-confirmation.ts'
import { confirmEveryMs } from '../settings.ts'
import { FakeStream } from '../testing/fake-stream.ts'
import { ManualTimers } from '../testing/manual-timers.ts'
import { Confirming } from './confirming.ts'

function setUp() {
  const fake = new FakeStream()
  const timers = new ManualTimers()
  const confirming = new Confirming(fake.substream, timers, confirmEveryMs)
  const take = (count: number): void => {
    for (let i = 0; i < count; i++) confirming.take()
  }
  const said = () => fake.sent.map((frame) => readConfirmation(frame.subarray(4), 0n, 1_000n))
  return { fake, timers, confirming, take, said }
}

test('the first entry is confirmed at once, what follows in one word a while later', async () => {
  const { timers, take, said } = setUp()
  take(5)
  expect(said()).toEqual([1n])
  await timers.advance(confirmEveryMs)
  expect(said()).toEqual([1n, 5n])
})

test('nothing is confirmed twice, and nothing is planned then', async () => {
  const { timers, take, said } = setUp()
  take(1)
  await timers.advance(1_000)
  expect([said(), timers.pending]).toEqual([[1n], 0])
  take(1)
  expect(said()).toEqual([1n, 2n])
})

test('a producer that does not read them gets no more, and the sum once it does', async () => {
  const { fake, timers, take, said } = setUp()
  take(1)
  fake.blocked = true
  take(1)
  await timers.advance(confirmEveryMs)
  take(100)
  await timers.advance(1_000)
  expect(fake.writeBufferLength).toBeLessThan(100)
  fake.unblock()
  await timers.advance(confirmEveryMs)
  expect(said()).toEqual([1n, 2n, 102n])
})

test('after the end nothing more is said', async () => {
  const { timers, confirming, take, said } = setUp()
  take(2)
  confirming.stop()
  await timers.advance(1_000)
  take(1)
  expect([said(), timers.pending]).toEqual([[1n], 0])
})
