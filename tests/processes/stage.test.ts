/** What the demo does when it goes wrong. */
import { expect, test } from 'vitest'
import { Stage } from '../../packages/cli/src/demo/stage.ts'
import { CliError } from '../../packages/cli/src/errors.ts'
import { Output } from '../../packages/cli/src/output.ts'
import { fakeHost } from '../../packages/cli/src/testing/fake-host.ts'

function stage(stop?: AbortSignal): Stage {
  const host = fakeHost(stop && { stop })
  return new Stage(new Output(host, { json: true }), host.stop)
}

const service = ['discovery', '--port', '0', '--json']

test('a process that ends unasked fails the step, with its reason, and the others are cleared away', async () => {
  const here = stage()
  const good = here.start('Discovery', service)
  await here.until('Discovery starts', 25_000, () => good.child.last('listening'))
  here.start('robot', ['join'])
  const failure = await here.until('robot joins', 25_000, () => undefined).catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(CliError)
  expect(failure).toMatchObject({ code: 'step-failed', details: { step: 'robot joins' } })
  expect((failure as Error).message).toMatch(/robot ended with 2: auki: missing required argument 'cluster'/)
  await here[Symbol.asyncDispose]()
  expect(good.child.end).toBe(0)
})

test('a step that does not happen in time fails', async () => {
  await using here = stage()
  here.start('Discovery', service)
  await expect(here.until('a miracle', 1, () => undefined)).rejects.toMatchObject({ code: 'step-failed', details: { step: 'a miracle' } })
})

test('a stop ends the wait with its reason, and even what is deaf is cleared away', async () => {
  const stopping = new AbortController()
  const here = stage(stopping.signal)
  const deaf = here.start('Discovery', service)
  await here.until('Discovery starts', 25_000, () => deaf.child.last('listening'))
  deaf.child.kill('SIGSTOP')
  const waiting = here.until('a miracle', 25_000, () => undefined)
  const reason = new CliError('interrupted', 'stopped', { by: 'SIGINT' })
  stopping.abort(reason)
  await expect(waiting).rejects.toBe(reason)
  await here[Symbol.asyncDispose]()
  expect(deaf.child.end).toBe('SIGKILL')
})
