import { afterEach, expect, test, vi } from 'vitest'
import { consoleLog } from './log.ts'

afterEach(() => vi.restoreAllMocks())

test('warnings go to the console, with their details if there are any; the rest goes nowhere', () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
  consoleLog('info', 'normal')
  consoleLog('debug', 'normal')
  consoleLog('warn', 'look')
  consoleLog('warn', 'look here', { peer: 'p' })
  expect(warn.mock.calls).toEqual([['look'], ['look here', { peer: 'p' }]])
})
