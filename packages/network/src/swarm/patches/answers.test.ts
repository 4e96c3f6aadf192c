import { expect, test } from 'vitest'
import { freeAnswers, limitAnswers } from './answers.ts'

class Stream {
  protocol = ''
  sent = 0
  send(_data: Uint8Array): boolean {
    this.sent++
    return true
  }
}

const sendUntilRefused = (stream: Stream, times = 1_000): number => {
  try {
    for (let no = 0; no < times; no++) stream.send(new Uint8Array(1))
  } catch {
    // that many
  }
  return stream.sent
}

test('a negotiation has few answers', () => {
  const stream = new Stream()
  limitAnswers(stream)
  expect(sendUntilRefused(stream)).toBe(16)
})

test('once there is a protocol, or somebody says so, there is no limit', () => {
  const [named, freed] = [new Stream(), new Stream()]
  for (const stream of [named, freed]) limitAnswers(stream)
  named.send(new Uint8Array(1))
  named.protocol = '/auki/join/0.0.1'
  freeAnswers(freed)
  for (const stream of [named, freed]) expect(sendUntilRefused(stream, 100)).toBeGreaterThanOrEqual(100)
})

test('a stream without a limit can be freed', () => {
  const stream = new Stream()
  freeAnswers(stream)
  expect(sendUntilRefused(stream, 5)).toBe(5)
})
