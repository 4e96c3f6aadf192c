import { expect, test } from 'vitest'
import { ManualTimers } from '../testing/manual-timers.ts'
import { testEnv } from '../testing/test-env.ts'
import { Strangers } from './strangers.ts'

function start(keep: (peerId: string) => boolean = () => false) {
  const timers = new ManualTimers()
  const sentAway: string[] = []
  const strangers = new Strangers(testEnv(timers, { strangerGraceMs: 30_000, strangersMax: 3 }), (peerId) => sentAway.push(peerId))
  const tick = () => {
    timers.after(500, tick)
    strangers.tick(keep)
  }
  tick()
  return { timers, strangers, sentAway }
}

test('who neither joins nor is let in goes after the grace', async () => {
  const { timers, strangers, sentAway } = start()
  strangers.connected('a')
  await timers.advance(10_000)
  strangers.connected('b')
  strangers.connected('a')
  await timers.advance(19_999)
  expect(sentAway).toEqual([])
  await timers.advance(1)
  expect(sentAway).toEqual(['a'])
  await timers.advance(10_000)
  expect(sentAway).toEqual(['a', 'b'])
})

test('a join request restarts the grace, and while its answer is out nothing is cut', async () => {
  const { timers, strangers, sentAway } = start()
  strangers.connected('a')
  await timers.advance(29_000)
  const answered = strangers.joining('a')
  await timers.advance(100_000)
  expect(sentAway).toEqual([])
  answered()
  await timers.advance(29_500)
  expect(sentAway).toEqual([])
  await timers.advance(500)
  expect(sentAway).toEqual(['a'])
})

test('over the cap the longest-idle goes, never one that waits for an answer', () => {
  const { strangers, sentAway } = start()
  for (const peerId of ['a', 'b', 'c']) strangers.connected(peerId)
  strangers.joining('a')
  strangers.connected('d')
  expect(sentAway).toEqual(['b'])
  strangers.joining('c')()
  strangers.connected('e')
  expect(sentAway).toEqual(['b', 'd'])
})

test('who became a member, or left, is forgotten', async () => {
  const { timers, strangers, sentAway } = start()
  strangers.connected('a')
  const answered = strangers.joining('a')
  strangers.forget('a')
  answered()
  await timers.advance(60_000)
  expect(sentAway).toEqual([])
})

test('who is kept on purpose stays', async () => {
  const kept = new Set(['a'])
  const { timers, strangers, sentAway } = start((peerId) => kept.has(peerId))
  strangers.connected('a')
  strangers.connected('b')
  await timers.advance(65_000)
  expect(sentAway).toEqual(['b'])
  kept.clear()
  await timers.advance(30_500)
  expect(sentAway).toEqual(['b', 'a'])
})
