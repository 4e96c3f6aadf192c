import { expect, test } from 'vitest'
import { encodeFrame } from '../protocols/frame.ts'
import { FakeStream } from '../testing/fake-stream.ts'
import { turn } from '../testing/manual-timers.ts'
import { Budget } from './budget.ts'
import { FrameInput, readOneFrame } from './frames.ts'

const rules = { capBytes: 100_000, allowEmpty: false }
const never = new AbortController().signal
const frame = (...values: number[]) => encodeFrame(Uint8Array.from(values), rules.capBytes)

function start() {
  const stream = new FakeStream()
  const budget = new Budget(80_000, 80_000)
  const account = budget.open('a')
  return { stream, budget, input: new FrameInput(stream.substream, rules, account) }
}

test('gives one frame at a time, however they come, and then the end', async () => {
  const { stream, input } = start()
  stream.receive(Uint8Array.of(...frame(1), ...frame(2, 3), 0, 0))
  expect(await input.next(never)).toEqual(Uint8Array.of(1))
  expect(await input.next(never)).toEqual(Uint8Array.of(2, 3))
  const third = input.next(never)
  stream.receive(Uint8Array.of(0, 1, 9), { andEnd: true })
  expect(await third).toEqual(Uint8Array.of(9))
  expect(await input.next(never)).toBeUndefined()
})

test('an end inside a frame is an error, a reset is its own', async () => {
  const cut = start()
  cut.stream.receive(Uint8Array.of(0, 0, 0), { andEnd: true })
  await expect(cut.input.next(never)).rejects.toMatchObject({ code: 'io' })
  const reset = start()
  reset.stream.remoteReset()
  await expect(reset.input.next(never)).rejects.toThrow('the peer reset it')
})

test('what nobody waits for takes up the room of the peer, which it gets back when somebody does', async () => {
  const { stream, input } = start()
  const large = encodeFrame(new Uint8Array(70_000), rules.capBytes)
  for (let i = 0; i < 3; i++) stream.receive(large)
  await turn()
  expect(stream.recvWindowCapacity).toBe(stream.recvWindow - 3 * large.length)
  for (let i = 0; i < 3; i++) expect(await input.next(never)).toHaveLength(70_000)
  expect(stream.recvWindowCapacity).toBeGreaterThan(stream.recvWindow / 2)
  stream.receive(frame(7))
  expect(await input.next(never)).toEqual(Uint8Array.of(7))
})

test('an aborted wait leaves the frame for the next one', async () => {
  const { stream, input } = start()
  const reason = new Error('enough')
  const waiting = new AbortController()
  const first = input.next(waiting.signal)
  waiting.abort(reason)
  await expect(first).rejects.toBe(reason)
  const second = input.next(never)
  stream.receive(frame(1))
  expect(await second).toEqual(Uint8Array.of(1))
})

test('more than the account may hold is an error; stopping gives back what was held', async () => {
  const { stream, budget, input } = start()
  const waiting = input.next(never)
  stream.receive(encodeFrame(new Uint8Array(90_000), rules.capBytes).subarray(0, 85_000))
  await expect(waiting).rejects.toThrow('too many bytes')
  const other = budget.open('b')
  expect(other.hold(1)).toBe(false)
  input.stop()
  expect(other.hold(80_000)).toBe(true)
})

test('a one-shot exchange without a frame is an error', async () => {
  const stream = new FakeStream()
  stream.remoteEnd()
  await expect(readOneFrame(stream.substream, rules, never)).rejects.toMatchObject({ code: 'io' })
})
