import { expect, test } from 'vitest'
import { purityViolations } from './rules/purity.ts'
import { repositoryFiles } from './rules/source.ts'

const paths = ['packages/domain/src/core/planted.ts', 'packages/domain/src/clock-core/planted.ts']
const planted = (text: string): string[] => purityViolations(paths.map((path) => ({ path, text })))
const inEach = (violation: string): string[] => paths.map((path) => `${path}:1 a machine must not ${violation}`)

test('the machines are pure', () => {
  expect(purityViolations(repositoryFiles('.ts'))).toEqual([])
})

test.each([
  ['Date', 'export const at = Date.now()'],
  ['Date', 'export const at: Date | undefined = undefined'],
  ['performance', 'export const at = performance.now()'],
  ['setTimeout', 'setTimeout(() => {}, 1)'],
  ['setInterval', 'setInterval(() => {}, 1)'],
  ['queueMicrotask', 'queueMicrotask(() => {})'],
  ['Math.random', 'export const dice = Math.random()'],
  ['crypto', 'export const id = crypto.randomUUID()'],
  ['console', 'console.log(1)'],
  ['process', 'export const env = process.env'],
  ['process', 'export const copy = { process }'],
  ['globalThis', 'export const g = globalThis'],
  ['Promise', 'export type Later = Promise<void>'],
  ['fetch', 'void fetch("x")'],
  ['async', 'export async function f() {}'],
  ['async', 'export const f = async () => {}'],
  ['await', 'export const x = await y'],
  ['await', 'for await (const x of y) x()'],
  ['import()', 'export const lazy = () => import("./other.ts")']
])('catches %s', (what, text) => {
  expect(planted(text)).toEqual(expect.arrayContaining(inEach(`use ${what}`)))
})

test.each([
  ['a value of a lower package', "import { ClockSyncState } from '@auki/time'", '@auki/time except for types'],
  ['other values of canonical', "import { contentHash } from '@auki/canonical'", '@auki/canonical except for types'],
  ['all of canonical', "import * as canonical from '@auki/canonical'", '@auki/canonical except for types'],
  ['a type marked one by one', "import { type Peer } from '@auki/session'", '@auki/session except for types'],
  ['a library', "import { z } from 'zod'", 'zod'],
  ['a type of a library', "import type { Multiaddr } from '@multiformats/multiaddr'", '@multiformats/multiaddr'],
  ['Node', "import 'node:fs'", 'node:fs'],
  ['the shell', "import { perform } from '../shell/driver.ts'", '../shell/driver.ts']
])('catches an import of %s', (_, text, what) => {
  expect(planted(text)).toEqual(inEach(`import ${what}`))
})

test('lets through what decides only', () => {
  const text = `import { assertNever, type Json } from '@auki/canonical'
import type { ClockSample } from '@auki/time'
import { draw } from './random.ts'
import type { State } from './state.ts'
import type { Now } from '../core/events.ts'
export interface Row { process: string; readonly Date?: number }
export const of = (row: Row, state: State): Json => (row.process === 'x' ? draw(state) : assertNever(row as never))
export const roll = { process: 1, Math: Math.floor(1.5) }
export type Sample = ClockSample`
  expect(planted(text)).toEqual([])
})

test('leaves tests and other folders alone', () => {
  const text = 'export const at = Date.now()'
  expect(purityViolations([{ path: 'packages/domain/src/core/a.test.ts', text }])).toEqual([])
  expect(purityViolations([{ path: 'packages/domain/src/shell/a.ts', text }])).toEqual([])
})
