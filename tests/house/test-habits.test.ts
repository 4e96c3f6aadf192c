import { expect, test } from 'vitest'
import { repositoryFiles } from './rules/source.ts'
import { testHabitViolations } from './rules/test-habits.ts'

const path = 'packages/a/src/a.test.ts'
const planted = (text: string): string[] => testHabitViolations([{ path, text }])

test('tests run, and do not sleep', () => {
  expect(testHabitViolations(repositoryFiles('.ts'))).toEqual([])
})

test.each([
  "it.skip('x', () => {})",
  "test.only('x', () => {})",
  "test.todo('x')",
  "describe.skip('x', () => {})",
  "test.skipIf(true)('x', () => {})",
  "describe.concurrent.only('x', () => {})",
  "test('x', (context) => context.skip())",
  "test('x', ({ skip }) => skip())",
  "xit('x', () => {})"
])('catches %s', (text) => {
  expect(planted(text)).toHaveLength(1)
  expect(planted(text)[0]).toMatch(/: a test always runs$/)
})

test.each([
  'await new Promise((resolve) => setTimeout(resolve, 50))',
  'await new Promise<void>((done) => { setTimeout(done, wait) })',
  'await new Promise((resolve) => globalThis.setTimeout(() => resolve(), 50))',
  'await new Promise(function (resolve) { setTimeout(resolve) })'
])('catches a fixed sleep: %s', (text) => {
  expect(planted(text)).toEqual([`${path}:1 a fixed sleep: await the event, or advance the clock`])
})

test('catches the promised timers', () => {
  expect(planted("import { setTimeout as sleep } from 'node:timers/promises'")).toHaveLength(1)
})

test('lets through deadlines, other names and code that is no test', () => {
  expect(planted('await new Promise((resolve, reject) => setTimeout(() => reject(new Error("too late")), 50))')).toEqual([])
  expect(planted('reader.skip(2); rows.only; test.each([1])("x", () => {})')).toEqual([])
  expect(testHabitViolations([{ path: 'packages/cli/src/a.ts', text: 'await new Promise((resolve) => setTimeout(resolve, 50))' }])).toEqual(
    []
  )
})
