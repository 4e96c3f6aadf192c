import { expect, test } from 'vitest'
import { FakeStream } from '../testing/fake-stream.ts'
import { turn } from '../testing/manual-timers.ts'

const never = new AbortController().signal
const bytes = (...values: number[]) => Uint8Array.from(values)

function listenTo(stream: FakeStream) {
  const substream = stream.substream
  const heard: unknown[] = []
  const stop = substream.listen({ chunk: (chunk) => heard.push([...chunk]), end: (error) => heard.push(error?.message ?? 'end') })
  return { substream, heard, stop }
}

test('hands over what came before the listener, then what comes, then the end', async () => {
  const stream = new FakeStream()
  stream.receive(bytes(1))
  const { heard } = listenTo(stream)
  await turn()
  stream.receive(bytes(2))
  stream.remoteEnd()
  await turn()
  expect(heard).toEqual([[1], [2], 'end'])
})

test('data that comes together with the end comes before it', async () => {
  const stream = new FakeStream()
  const { heard } = listenTo(stream)
  stream.receive(bytes(1, 2), { andEnd: true })
  await turn()
  expect(heard).toEqual([[1, 2], 'end'])
})

test('tells once that a substream was already over', async () => {
  const stream = new FakeStream()
  stream.remoteEnd()
  const { heard } = listenTo(stream)
  await turn()
  stream.abort(new Error('later'))
  await turn()
  expect(heard).toEqual(['end'])
})

test('a reset is told with its error', async () => {
  const stream = new FakeStream()
  const { heard } = listenTo(stream)
  stream.remoteReset()
  await turn()
  expect(heard).toEqual(['the peer reset it'])
})

test('while paused nothing is handed over; what was held back comes before the end, even of a substream that is gone', async () => {
  const stream = new FakeStream()
  const { substream, heard } = listenTo(stream)
  substream.pause()
  stream.receive(bytes(1))
  stream.remoteReset()
  await turn()
  expect(heard).toEqual([])
  substream.resume()
  await turn()
  expect(heard).toEqual([[1], 'the peer reset it'])
})

test('a sink that pauses while it is handed what was held back gets no more than it wanted, and no room is given back for the rest', async () => {
  const stream = new FakeStream()
  stream.recvWindow = stream.recvWindowCapacity = 10_000
  const substream = stream.substream
  const heard: number[] = []
  substream.listen({
    chunk: (chunk) => {
      heard.push(chunk[0]!)
      substream.pause()
    },
    end: () => heard.push(-1)
  })
  for (let value = 0; value < 5; value++) stream.receive(new Uint8Array(2_000).fill(value))
  const room = [[heard.length, stream.recvWindowCapacity]]
  while (heard.length < 5) {
    substream.resume()
    room.push([heard.length, stream.recvWindowCapacity])
  }
  expect(heard).toEqual([0, 1, 2, 3, 4])
  // Half a window at a time: for three, the other two are still held.
  expect(room).toEqual([
    [1, 0],
    [2, 0],
    [3, 6_000],
    [4, 6_000],
    [5, 6_000]
  ])
  stream.remoteEnd()
  await turn()
  expect(heard.at(-1)).toBe(-1)
})

test('what a paused sink has not taken is thrown away with the substream when we reset it, and no room is given for it', async () => {
  const stream = new FakeStream()
  const { substream, heard } = listenTo(stream)
  substream.pause()
  stream.receive(bytes(1))
  substream.reset(new Error('enough'))
  substream.resume()
  await turn()
  expect(heard).toEqual(['enough'])
})

test('after stopping, nothing is heard', async () => {
  const stream = new FakeStream()
  const { heard, stop } = listenTo(stream)
  stop()
  stream.receive(bytes(1))
  stream.remoteEnd()
  await turn()
  expect(heard).toEqual([])
})

test('writes in pieces of at most 64 KiB and waits for a drain after every one, the second time as well', async () => {
  const stream = new FakeStream()
  stream.blocked = true
  const data = new Uint8Array(150_000).map((_, i) => i)
  let done = false
  const writing = stream.substream.write(data, never).then(() => {
    done = true
  })
  const waiting: number[] = []
  for (let i = 0; i < 3; i++) {
    await turn()
    waiting.push(stream.writeBufferLength)
    stream.unblock()
    stream.blocked = true
  }
  expect(waiting).toEqual([65_536, 65_536, 150_000 - 2 * 65_536])
  await writing
  expect(done).toBe(true)
  expect(Buffer.concat(stream.sent)).toEqual(Buffer.from(data))
})

test('a drain event that did not drain is no drain', async () => {
  const stream = new FakeStream()
  stream.blocked = true
  let done = false
  const writing = stream.substream.write(bytes(1), never).then(() => {
    done = true
  })
  stream.dispatchEvent(new Event('drain'))
  await turn()
  expect(done).toBe(false)
  stream.unblock()
  await writing
})

test('a blocked write ends with the reason of the signal, or of the reset', async () => {
  const aborted = new FakeStream()
  aborted.blocked = true
  const controller = new AbortController()
  const writing = aborted.substream.write(bytes(1), controller.signal)
  controller.abort(new Error('enough'))
  await expect(writing).rejects.toThrow('enough')

  const reset = new FakeStream()
  reset.blocked = true
  const other = reset.substream.write(bytes(1), never)
  reset.remoteReset()
  await expect(other).rejects.toThrow('the peer reset it')
})

test('writing to a substream that is over fails', async () => {
  const stream = new FakeStream()
  stream.substream.reset('a word that is no error')
  expect(stream.resetWith).toEqual(new Error('a word that is no error'))
  await expect(stream.substream.write(bytes(1), never)).rejects.toThrow()
})
