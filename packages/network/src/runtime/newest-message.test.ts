import { expect, test } from 'vitest'
import type { InboundExchange } from './inbound.ts'
import { Newest } from './newest-message.ts'

function exchange(peerId: string, resting: boolean) {
  const reasons: string[] = []
  const fake = { peerId, resting, abort: (reason: Error) => reasons.push(reason.message) } as unknown as InboundExchange
  return { fake, reasons }
}

const never = () => new Promise<never>(() => {})

test('of a peer that is not to be read the newest message is kept, others are not touched', () => {
  const newest = new Newest()
  const [older, newer, other] = [exchange('a', true), exchange('a', true), exchange('b', true)]
  for (const { fake } of [older, other, newer]) void newest.only(fake, never)
  expect([older, newer, other].map(({ reasons }) => reasons)).toEqual([['a newer message has come'], [], []])
})

test('while a peer may be read all its messages are, and what is done is not touched either', async () => {
  const newest = new Newest()
  const [first, second, done, last] = [exchange('a', false), exchange('a', false), exchange('b', true), exchange('b', true)]
  for (const { fake } of [first, second]) void newest.only(fake, never)
  await newest.only(done.fake, async () => 'read')
  void newest.only(last.fake, never)
  expect([first, second, done, last].flatMap(({ reasons }) => reasons)).toEqual([])
})
