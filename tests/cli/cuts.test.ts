/** What commands do when a peer is killed: they say how long, and go on; a signal ends them while they wait. */
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { type AukiChild, until } from '../../packages/cli/src/child.ts'
import { at, event, start, stop } from './support.ts'

const pose = 'odom->base_link'

async function directory(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'auki-cuts-'))
  onTestFinished(() => rm(path, { recursive: true }))
  return path
}

/** Starts, and starts again, one and the same robot, and everybody who looks at it. */
async function scene() {
  const path = await directory()
  const service = start('discovery', '--port', '0', '--json')
  const url = String((await event(service, 'listening'))['url'])
  const robot = (): AukiChild => {
    const seed = ['--seed-file', join(path, 'robot.seed')]
    return start('join', 'lab', '--name', 'robot', ...seed, '--sensor', 'pose:synthetic', ...at(url), '--json')
  }
  const first = robot()
  const peerId = String((await event(first, 'joined'))['peerId'])
  const enter = (name: string, ...args: string[]): AukiChild => start('join', 'lab', '--name', name, ...args, ...at(url), '--json')
  const look = (command: string, ...args: string[]): AukiChild => start(command, 'lab', ...args, '--discovery', url, '--json')
  return { path, service, robot, first, peerId, look, enter }
}

/** Resolves once there are entries after the event. */
const entriesAfter = (tail: AukiChild, name: string): Promise<true> =>
  until(
    `entries after ${name}`,
    [tail],
    () => {
      if (tail.end !== undefined) throw new Error(`ended with ${tail.end}: ${tail.stderr}`)
      const from = tail.events.findIndex((line) => line['event'] === name)
      return (from >= 0 && tail.events.slice(from).some((line) => 'seq' in line)) || undefined
    },
    { withinMs: 60_000 }
  )

test('the only robot, Manager and producer, is killed and started again: all four say so and go on', { timeout: 180_000 }, async () => {
  const { path, robot, first, peerId, look } = await scene()
  const out = join(path, 'lab.mcap')
  const [tail, record] = [look('tail', peerId, pose, '--from', 'start'), look('record', '--resource', pose, '--out', out)]
  const [watch, clock] = [look('watch'), look('clock')]
  await until('entries', [tail], () => tail.events.length > 0 || undefined, { withinMs: 60_000 })
  await event(record, 'recording')
  await event(watch, 'joined')
  await event(clock, 'clock', (line) => 'offsetNs' in line)
  first.kill('SIGKILL')
  await first.ended
  const again = robot()
  await event(again, 'joined')
  await entriesAfter(tail, 'resumed')
  expect(await event(tail, 'resumed')).toMatchObject({ peerId, resourceId: pose, pauseMs: expect.any(Number) })
  expect(await event(record, 'resumed')).toMatchObject({ peerId, resourceId: pose, pauseMs: expect.any(Number) })
  await until('the second log', [record], () => record.events.filter((line) => line['event'] === 'recording').length === 2 || undefined, {
    withinMs: 25_000
  })
  expect(await event(watch, 'resumed')).toEqual({ event: 'resumed', atMs: expect.any(Number), pauseMs: expect.any(Number) })
  await event(clock, 'resumed')
  for (const child of [tail, record, watch, clock]) expect(await stop(child, 'SIGINT')).toBe(0)
  expect(record.last('saved')?.['bytes']).toBe((await stat(out)).size)
})

test('a signal ends each of them while it waits, with 0', { timeout: 180_000 }, async () => {
  const { path, first, peerId, look } = await scene()
  const out = join(path, 'lab.mcap')
  const all = [
    look('tail', peerId, pose, '--from', 'start'),
    look('record', '--resource', pose, '--out', out),
    look('watch'),
    look('clock')
  ]
  const [tail, record, watch, clock] = all as [AukiChild, AukiChild, AukiChild, AukiChild]
  await until('entries', [tail], () => tail.events.length > 0 || undefined, { withinMs: 60_000 })
  await event(record, 'recording')
  await event(clock, 'clock')
  await event(watch, 'joined')
  first.kill('SIGKILL')
  await event(watch, 'role-changed', ({ role }) => role === 'unsettled')
  for (const child of all) expect(await stop(child, 'SIGINT')).toBe(0)
  for (const child of all) expect(child.stderr).toBe('')
})

test('Discovery does not answer while the producer is killed: both come back, and so do the commands', { timeout: 180_000 }, async () => {
  const { service, robot, first, peerId, look } = await scene()
  const [tail, watch] = [look('tail', peerId, pose, '--from', 'start'), look('watch')]
  await until('entries', [tail], () => tail.events.length > 0 || undefined, { withinMs: 60_000 })
  await event(watch, 'joined')
  service.kill('SIGSTOP')
  first.kill('SIGKILL')
  await event(watch, 'role-changed', ({ role }) => role === 'unsettled')
  const again = robot()
  service.kill('SIGCONT')
  await event(again, 'joined')
  await entriesAfter(tail, 'resumed')
  await event(watch, 'resumed')
  for (const child of [tail, watch]) expect(await stop(child, 'SIGINT')).toBe(0)
})

test('the Manager is killed beside the producer, and the producer is stopped until it is evicted: its stream goes on', {
  timeout: 180_000
}, async () => {
  const { first: manager, look, enter } = await scene()
  const producer = enter('phone', '--sensor', 'pose:synthetic')
  const peerId = String((await event(producer, 'joined'))['peerId'])
  const [tail, watch] = [look('tail', peerId, pose, '--from', 'start'), look('watch')]
  await until('entries', [tail], () => tail.events.length > 0 || undefined, { withinMs: 60_000 })
  await event(watch, 'joined')
  manager.kill('SIGKILL')
  await event(watch, 'manager-changed', ({ managerPeerId }) => managerPeerId === peerId)
  await event(watch, 'resumed')
  const before = tail.events.length
  await until('entries under the next Manager', [tail], () => tail.events.length > before + 50 || undefined, { withinMs: 60_000 })
  producer.kill('SIGSTOP')
  await event(watch, 'role-changed', ({ role }) => role === 'unsettled')
  producer.kill('SIGCONT')
  const after = tail.events.length
  await until('entries after it was stopped', [tail], () => tail.events.length > after + 50 || undefined, { withinMs: 60_000 })
  for (const child of [tail, watch]) expect(await stop(child, 'SIGINT')).toBe(0)
})
