import { expect, onTestFinished, test } from 'vitest'
import type { AukiChild } from '../../packages/cli/src/child.ts'
import { event, start } from '../cli/support.ts'

/** Whether a process with this id is there. */
function runs(pid: unknown): boolean {
  try {
    process.kill(Number(pid), 0)
    return true
  } catch {
    return false
  }
}

test('every step of the demo happens, and nothing of it stays', { timeout: 180_000 }, async () => {
  const demo = start('demo', '--json')
  expect({ ended: await demo.ended, failed: demo.last('failed'), stderr: demo.stderr }).toEqual({ ended: 0, failed: undefined, stderr: '' })
  const steps = demo.events.map((step) => [step['event'], step['name']].filter((text) => text !== undefined).join(' '))
  expect(steps).toEqual([
    'discovery-listening',
    'peer-joined robot',
    'peer-joined console',
    'peer-joined phone',
    'catalog robot',
    'catalog phone',
    'frame-verified robot',
    'data-flows robot',
    'data-flows phone',
    'manager-killed robot',
    'manager-agreed console',
    'data-went-on phone',
    'peer-joined tablet',
    'peer-left tablet',
    'peer-left phone',
    'peer-left console',
    'row-gone',
    'done'
  ])
  expect(demo.last('manager-agreed')).toMatchObject({ members: ['console', 'phone'], seconds: expect.any(Number) })
  expect(demo.last('frame-verified')).toMatchObject({ id: 'camera_optical', hash: expect.stringMatching(/^[0-9a-f]{32}$/) })
  const { streams } = demo.last('data-went-on') as unknown as { streams: Record<string, unknown>[] }
  expect(streams.map(({ resourceId }) => resourceId).toSorted()).toEqual(['camera', 'lidar'])
  for (const stream of streams) {
    expect(stream).toMatchObject({ dropped: 0, latencyNs: expect.any(Number), longestPauseMs: expect.any(Number) })
    expect(stream['entriesSince']).toBeGreaterThan(0)
  }
  const pids = demo.events.map((step) => step['pid']).filter((pid) => pid !== undefined)
  expect(pids).toHaveLength(5)
  expect(pids.filter(runs)).toEqual([])
})

/** Starts the demo and lets it go on until a few of its processes run; resolves to their ids. */
async function half(): Promise<{ demo: AukiChild; pids: number[] }> {
  const demo = start('demo', '--json')
  await event(demo, 'peer-joined', ({ name }) => name === 'console')
  const pids = demo.events.flatMap(({ pid }) => (pid === undefined ? [] : [Number(pid)]))
  onTestFinished(() => {
    for (const pid of pids.filter(runs)) process.kill(pid, 'SIGKILL')
  })
  expect(pids.filter(runs)).toHaveLength(3)
  return { demo, pids }
}

test.each(['SIGINT', 'SIGKILL'] as const)('nothing of the demo stays after %s', async (signal) => {
  const { demo, pids } = await half()
  demo.kill(signal)
  expect(await demo.ended).toBe(signal === 'SIGINT' ? 130 : 'SIGKILL')
  await expect.poll(() => pids.filter(runs), { timeout: 20_000 }).toEqual([])
})

test('nothing of the demo stays after a second signal, which waits for nobody', async () => {
  const { demo, pids } = await half()
  for (const pid of pids) process.kill(pid, 'SIGSTOP') // deaf to whatever can be ignored
  demo.kill('SIGTERM')
  const again = setInterval(() => demo.kill('SIGTERM'), 150)
  expect(await demo.ended).toBe(130)
  clearInterval(again)
  await expect.poll(() => pids.filter(runs), { timeout: 20_000 }).toEqual([])
})
