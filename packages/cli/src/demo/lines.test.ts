import { expect, test } from 'vitest'
import type { AukiChild, ChildEvent } from '../child.ts'
import { Output } from '../output.ts'
import { fakeHost } from '../testing/fake-host.ts'
import type { Actor } from './cast.ts'
import { lookAround } from './demo.ts'
import { Stage } from './stage.ts'
import { dataFlows, dataStillFlows, markFlows } from './streams.ts'

const [robotId, consoleId] = [
  '12D3KooWAYojmPkcHq5zQegYFmmqL1JR2G3QEZJPi3Nrg9T5Wsgp',
  '12D3KooWAXviCtVR71777MB7bx4Anvmh9Hc7KpkqSLneTL9QHuar'
]

function actor(name: string, ...events: ChildEvent[]): Actor {
  const last = (wanted: string): ChildEvent | undefined => events.findLast(({ event }) => event === wanted)
  return { name, child: { events, last, onChange: () => () => {} } as unknown as AukiChild, dismissed: false }
}

const joined = (peerId: string): ChildEvent => ({ event: 'joined', peerId, managerPeerId: robotId, role: 'follower', members: [robotId] })
const flow = { event: 'flow', peerId: robotId, entries: 9, dropped: 0, entriesPerSecond: 29.97, bytesPerSecond: 160_000 }
const flows = ['camera', 'lidar'].map((resourceId) => ({ ...flow, resourceId, latencyNs: 43_900_000, longestPauseMs: 244 }))

test('what the demo tells fits 80 columns, and names peers and logs, not ids', async () => {
  const host = fakeHost()
  const stage = new Stage(new Output(host, {}), host.stop)
  const until = async <T>(_step: string, _withinMs: number, look: () => T | undefined): Promise<T | undefined> => {
    ;(console.child.events as ChildEvent[]).push(...flows) // what has come meanwhile
    return look()
  }
  Object.assign(stage, { until })
  const clockId = `${robotId}/01M8QDHZ57NMW0N11JAS8P217M`
  const resources = [
    { resource_id: 'camera', variant: 'sensor_log' },
    { resource_id: 'odom->base_link', variant: 'pose_log' },
    { resource_id: `${clockId}/monotonic->${clockId}/utc`, variant: 'time_transform_log' }
  ]
  const hash = '54aacc9b6c8ebe54c6cdd9fc25c424df'
  const console = actor(
    'console',
    joined(consoleId),
    { event: 'catalog', peerId: robotId, resources },
    { event: 'frame-fetched', peerId: robotId, id: 'camera_optical', hash, actual: hash, canonicalJson: '{}' }
  )
  const robot = actor('robot', joined(robotId))
  await lookAround(stage, console, [robot])
  await dataFlows(stage, console, robot, 2)
  await dataStillFlows(stage, console, robot, markFlows(console, robot))
  const lines = host.printed.stdout.trimEnd().split('\n')
  expect(lines[0]).toMatch(/^ +[\d.]+ s {2}console finds at robot: camera, odom->base_link, and clock$/)
  expect(lines).toContain('           camera  30 Hz, 160 kB/s, at most 43.9 ms old')
  expect(lines).toContain('           lidar   30 Hz, 160 kB/s, at most 43.9 ms old, longest pause 244 ms')
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80)
  expect(host.printed.stdout).not.toMatch(/12D3KooW|[0-9a-f]{32}/)
})
