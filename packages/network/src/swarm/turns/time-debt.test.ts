import { expect, test } from 'vitest'
import { TimeDebt } from './time-debt.ts'

test('some work is free, and each ms beyond is followed by several of rest', () => {
  const debt = new TimeDebt(4, 100)
  expect(debt.charge(100, 1_000)).toBe(0)
  expect(debt.charge(10, 1_010)).toBe(40)
})

test('who rests owes nothing more, and who did little for long has everything free again', () => {
  const debt = new TimeDebt(4, 100)
  debt.charge(110, 1_000)
  expect(debt.charge(10, 1_050)).toBe(40)
  expect(debt.charge(100, 10_000)).toBe(0)
})

test('whoever goes on and on has a fifth of the time', () => {
  const debt = new TimeDebt(4, 0)
  let [nowMs, workMs] = [0, 0]
  while (nowMs < 10_000) {
    nowMs += 5
    workMs += 5
    nowMs += debt.charge(5, nowMs)
  }
  expect(workMs / nowMs).toBeCloseTo(0.2, 2)
})
