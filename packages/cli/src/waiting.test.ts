import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { CliError } from './errors.ts'
import { fakeHost } from './testing/fake-host.ts'
import { sayWhile, Waiting } from './waiting.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const terminal = { columns: 80, rows: 24 }

test('a terminal shows what takes more than a second, and how long it has taken, but not afterwards', async () => {
  const host = fakeHost({ terminal })
  const { promise, resolve } = Promise.withResolvers<string>()
  const work = sayWhile(host, 'the robot', promise)
  await vi.advanceTimersByTimeAsync(999)
  expect(host.printed.stderr).toBe('')
  await vi.advanceTimersByTimeAsync(1)
  expect(host.printed.stderr).toContain(' waiting for the robot\n')
  await vi.advanceTimersByTimeAsync(5_000)
  expect(host.printed.stderr).toContain(' waiting for the robot, 6 s so far\n')
  const before = host.printed.stderr.length
  resolve('here')
  expect(await work).toBe('here')
  const after = host.printed.stderr.slice(before)
  expect(after).toContain('\x1b[2K') // the line goes
  expect(after.endsWith('\x1b[?25h')).toBe(true)
  await vi.advanceTimersByTimeAsync(60_000)
  expect(host.printed.stderr).toHaveLength(before + after.length)
  expect(host.printed.stdout).toBe('')
})

test('a terminal on which nothing can be drawn gets a line now and then', async () => {
  const host = fakeHost({ terminal: { ...terminal, isDumb: true } })
  const { promise, resolve } = Promise.withResolvers<string>()
  const work = sayWhile(host, 'the robot', promise)
  await vi.advanceTimersByTimeAsync(6_000)
  resolve('here')
  await work
  expect(host.printed).toEqual({ stdout: '', stderr: 'auki: waiting for the robot\nauki: waiting for the robot, 6 s so far\n' })
})

test('what is found out too late is not said', async () => {
  const host = fakeHost({ terminal })
  const [found, done] = [Promise.withResolvers<string>(), Promise.withResolvers<void>()]
  const work = sayWhile(host, () => found.promise, done.promise)
  await vi.advanceTimersByTimeAsync(1_000)
  done.resolve()
  await work
  found.resolve('the robot')
  await vi.advanceTimersByTimeAsync(10_000)
  expect(host.printed.stderr).toBe('')
})

test('nobody is told where nobody looks', async () => {
  const host = fakeHost()
  const { promise, resolve } = Promise.withResolvers<void>()
  const work = new Waiting(host).for('the robot', () => promise)
  await vi.advanceTimersByTimeAsync(10_000)
  resolve()
  await work
  expect(host.printed).toEqual({ stdout: '', stderr: '' })
})

/** Work that goes on until it is stopped. */
const untilStopped = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }))

test('--timeout ends all waiting together, and says what was waited for', async () => {
  vi.useRealTimers() // the platform's own timeouts are not those of vitest
  const waiting = new Waiting(fakeHost(), { timeout: 20 })
  await waiting.for('the cluster', async () => {})
  const error = { code: 'timed-out', details: { what: 'the robot', timeoutMs: 20 }, message: expect.stringContaining('for the robot; ') }
  await expect(waiting.for('the robot', untilStopped)).rejects.toMatchObject(error)
})

test('a stop is a stop, and a failure is told as it is', async () => {
  const reason = new CliError('interrupted', 'stopped', { by: 'SIGINT' })
  const waiting = new Waiting(fakeHost({ stop: AbortSignal.abort(reason) }), { timeout: 60_000 })
  await expect(waiting.for('the robot', async (signal) => signal.throwIfAborted())).rejects.toBe(reason)
  await expect(new Waiting(fakeHost()).for('the robot', () => Promise.reject(reason))).rejects.toBe(reason)
})
