import { expect, test } from 'vitest'
import { tooOld } from './runtime.ts'

test('a runtime that has what is needed is not complained about', () => {
  expect(tooOld(globalThis)).toBeUndefined()
})

test('one that is too old is named in one line, with what it lacks and what to use', () => {
  expect(tooOld({ Promise: {}, URL: {}, process: { version: 'v20.20.2' } })).toBe(
    'auki: Node v20.20.2 is too old, it lacks Promise.withResolvers and URL.parse; use Node 24, Bun 1.4, Deno 2.9 or a browser of 2025, or a newer one'
  )
  expect(tooOld({ Promise: { withResolvers: true }, URL: {}, navigator: { userAgent: 'Safari/17' } })).toMatch(
    /^auki: Safari\/17 is too old, it lacks URL\.parse; .+$/
  )
})
