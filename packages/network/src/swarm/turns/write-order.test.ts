import { expect, test } from 'vitest'
import { type Urgency, WriteOrder } from './write-order.ts'

/** Who got a turn, in that order. */
function setUp() {
  const order = new WriteOrder()
  const wrote: string[] = []
  const wait = (urgency: Urgency, name: string) => order.wait(urgency, () => wrote.push(name))
  const next = (hasRoom: (urgency: Urgency) => boolean = () => true): boolean => {
    const run = order.next(hasRoom)
    run?.()
    return run !== undefined
  }
  return { order, wrote, wait, next }
}

test('the most urgent writes first, and among equals who has waited longest', () => {
  const { wrote, wait, next } = setUp()
  wait('bulk', 'camera')
  wait('bulk', 'cloud')
  wait('pose', 'pose')
  wait('control', 'command')
  while (next());
  expect(wrote).toEqual(['command', 'pose', 'camera', 'cloud'])
})

test('each gets one piece at a time: streams of a kind take turns', () => {
  const { wrote, wait, next } = setUp()
  for (const name of ['camera', 'cloud']) wait('bulk', name)
  for (let turn = 0; turn < 4; turn++) {
    next()
    wait('bulk', wrote.at(-1)!)
  }
  expect(wrote).toEqual(['camera', 'cloud', 'camera', 'cloud'])
})

test('an entry that was begun is finished before others as urgent, and after what is more urgent', () => {
  const { order, wrote, wait, next } = setUp()
  wait('bulk', 'cloud')
  expect([order.isFirst('bulk'), order.isFirst('bulk', 'begun')]).toEqual([false, true])
  order.wait('bulk', () => wrote.push('camera'), 'begun')
  wait('pose', 'pose')
  expect(order.isFirst('bulk', 'begun')).toBe(false)
  while (next());
  expect(wrote).toEqual(['pose', 'camera', 'cloud'])
})

test('where there is room only for what is urgent, bulk waits', () => {
  const { wrote, wait, next } = setUp()
  wait('bulk', 'camera')
  expect(next((urgency) => urgency !== 'bulk')).toBe(false)
  wait('pose', 'pose')
  expect(next((urgency) => urgency !== 'bulk')).toBe(true)
  expect(wrote).toEqual(['pose'])
})

test('a newcomer is first unless somebody waits who is as urgent, or more', () => {
  const { order, wait } = setUp()
  const leave = wait('pose', 'pose')
  expect(['control', 'pose', 'bulk'].map((urgency) => order.isFirst(urgency as Urgency))).toEqual([true, false, false])
  leave()
  expect(order.isFirst('bulk')).toBe(true)
})
