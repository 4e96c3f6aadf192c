import { expect, test } from 'vitest'
import { ManualTimers, turn } from '../testing/manual-timers.ts'
import { testEnv } from '../testing/test-env.ts'
import { BestEffort, LatestWins } from './push.ts'

/** Pushes that stay under way until the test ends them, oldest first. */
function start<T>(create: (env: ReturnType<typeof testEnv>, send: (peerId: string, frame: Uint8Array) => Promise<void>) => T) {
  const env = testEnv(new ManualTimers())
  const sent: string[] = []
  const ends: { resolve(): void; reject(error: Error): void }[] = []
  const pushes = create(env, (peerId, frame) => {
    sent.push(`${peerId}${frame[0]}`)
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    ends.push({ resolve, reject })
    return promise
  })
  return { env, pushes, sent, ends }
}

const frame = (n: number) => Uint8Array.of(n)

test('one push per peer is under way, and of those that wait the newest goes next', async () => {
  const { pushes, sent, ends } = start((env, send) => new LatestWins(env, send))
  for (const n of [1, 2, 3]) pushes.push('a', frame(n))
  pushes.push('b', frame(9))
  expect(sent).toEqual(['a1', 'b9'])
  ends[0]!.resolve()
  await turn()
  expect(sent).toEqual(['a1', 'b9', 'a3'])
  ends[2]!.resolve()
  await turn()
  pushes.push('a', frame(4))
  expect(sent).toEqual(['a1', 'b9', 'a3', 'a4'])
})

test('a push that fails is logged, and the next one goes', async () => {
  const { env, pushes, sent, ends } = start((given, send) => new LatestWins(given, send))
  pushes.push('a', frame(1))
  pushes.push('a', frame(2))
  ends[0]!.reject(new Error('gone'))
  await turn()
  expect(sent).toEqual(['a1', 'a2'])
  expect(env.lines).toEqual([expect.stringContaining('gone')])
})

test('best effort: a bounded number to one peer is under way, more are dropped and logged', async () => {
  const { env, pushes, sent, ends } = start((given, send) => new BestEffort(given, send))
  for (let n = 0; n < 10; n++) pushes.push('a', frame(n))
  pushes.push('b', frame(0))
  expect(sent).toHaveLength(9)
  expect(env.lines).toHaveLength(2)
  ends[0]!.reject(new Error('gone'))
  await turn()
  pushes.push('a', frame(10))
  expect(sent.at(-1)).toBe('a10')
})
