import { beforeEach, expect, test } from 'vitest'
import { ManualTurns } from '../../testing/manual-turns.ts'
import { TurnShare } from './turn-share.ts'

let turns: ManualTurns
let share: TurnShare
let done: string[]

beforeEach(() => {
  turns = new ManualTurns()
  share = new TurnShare(turns, 10)
  done = []
})

const work = (name: string, ms: number) => () => {
  done.push(name)
  turns.ms += ms
  share.spend(ms)
}

test('what does not fit into a turn waits for the next ones, in order', () => {
  for (const name of ['a', 'b', 'c', 'd', 'e']) share.wait(work(name, 6))
  turns.turn()
  expect(done).toEqual(['a', 'b'])
  turns.turn()
  expect(done).toEqual(['a', 'b', 'c', 'd'])
  turns.turn()
  expect(done).toEqual(['a', 'b', 'c', 'd', 'e'])
})

test('who comes again goes behind those who wait', () => {
  const greedy = () => {
    work('greedy', 20)()
    share.wait(greedy)
  }
  share.wait(greedy)
  turns.turn()
  share.wait(work('modest', 1))
  turns.turn()
  turns.turn()
  expect(done.slice(0, 3)).toEqual(['greedy', 'greedy', 'modest'])
})

test('nobody begins past those who wait, nor when the turn is used up', () => {
  expect(share.free).toBe(true)
  share.spend(10)
  expect([share.free, share.left]).toEqual([false, false])
  turns.turn()
  expect(share.free).toBe(true)
  share.wait(() => {})
  expect([share.free, share.left]).toEqual([false, true])
  turns.turn()
  expect([share.free, turns.idle]).toEqual([true, true])
})
