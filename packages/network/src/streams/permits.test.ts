import { expect, test } from 'vitest'
import { turn } from '../testing/manual-timers.ts'
import { Permits } from './permits.ts'

const never = new AbortController().signal

function asked(turns: Permits, peerId: string, signal = never) {
  const state: { give?: () => void; error?: unknown } = {}
  turns.take(peerId, signal).then(
    (give) => (state.give = give),
    (error) => (state.error = error)
  )
  return state
}

test('so many of a peer go on at a time, the others in their order, and no other peer waits for them', async () => {
  const turns = new Permits(2)
  const [first, second, third, fourth, other] = ['a', 'a', 'a', 'a', 'b'].map((peerId) => asked(turns, peerId))
  await turn()
  expect([first, second, third, fourth, other].map((one) => one!.give !== undefined)).toEqual([true, true, false, false, true])
  second!.give!()
  second!.give!()
  await turn()
  expect([third, fourth].map((one) => one!.give !== undefined)).toEqual([true, false])
  first!.give!()
  await turn()
  expect(fourth!.give).toBeDefined()
})

test('who gives up while waiting is passed over', async () => {
  const turns = new Permits(1)
  const [controller, reason] = [new AbortController(), new Error('never mind')]
  const [first, second, third] = [asked(turns, 'a'), asked(turns, 'a', controller.signal), asked(turns, 'a')]
  await turn()
  controller.abort(reason)
  await turn()
  expect(second).toEqual({ error: reason })
  first.give!()
  await turn()
  expect(third.give).toBeDefined()
  await expect(turns.take('a', controller.signal)).rejects.toBe(reason)
})

test('a turn that comes in the moment of giving up goes to the next one', async () => {
  const turns = new Permits(1)
  const [controller, reason] = [new AbortController(), new Error('never mind')]
  const [first, second, third] = [asked(turns, 'a'), asked(turns, 'a', controller.signal), asked(turns, 'a')]
  await turn()
  first.give!()
  controller.abort(reason)
  await turn()
  expect(second).toEqual({ error: reason })
  expect(third.give).toBeDefined()
})
