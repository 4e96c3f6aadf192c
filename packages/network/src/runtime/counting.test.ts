import { describe, expect, test } from 'vitest'
import { Budget } from '../exchange/budget.ts'
import { Waits } from './waits.ts'

describe('slots', () => {
  test('are limited per peer and in all, and come back once', () => {
    const slots = new Budget(2, 3)
    const first = slots.take('a')
    expect(slots.take('a')).toBeDefined()
    expect(slots.take('a')).toBeUndefined()
    expect(slots.take('b')).toBeDefined()
    expect(slots.take('c')).toBeUndefined()
    first!()
    first!()
    expect(slots.take('c')).toBeDefined()
    expect(slots.take('a')).toBeUndefined()
  })
})

describe('byte budget', () => {
  test('is limited per peer and in all, over all substreams of a peer', () => {
    const budget = new Budget(100, 150)
    const [one, two, other] = [budget.open('a'), budget.open('a'), budget.open('b')]
    expect(one.hold(60)).toBe(true)
    expect(two.hold(41)).toBe(false)
    expect(two.hold(40)).toBe(true)
    expect(other.hold(51)).toBe(false)
    one.release()
    expect(other.hold(90)).toBe(true)
    expect(two.hold(60)).toBe(true)
  })
})

describe('waits', () => {
  test('settle all who wait for the peer, and nobody else', async () => {
    const waits = new Waits()
    const [one, two, other] = [waits.wait('a'), waits.wait('a'), waits.wait('b')]
    waits.resolve('a')
    await Promise.all([one, two])
    waits.reject('b', new Error('refused'))
    await expect(other).rejects.toThrow('refused')
  })

  test('end with the reason of the signal, also one that has aborted before', async () => {
    const waits = new Waits()
    const controller = new AbortController()
    const waiting = waits.wait('a', controller.signal)
    controller.abort(new Error('enough'))
    await expect(waiting).rejects.toThrow('enough')
    await expect(waits.wait('a', controller.signal)).rejects.toThrow('enough')
    waits.rejectAll(new Error('nobody is left to hear this'))
  })
})
