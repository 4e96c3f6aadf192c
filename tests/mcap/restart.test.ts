/** A recording in which a robot was killed and started again: recorded, cut off, played. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { McapIndexedReader } from '@mcap/core'
import { expect, onTestFinished, test } from 'vitest'
import { type AukiChild, until } from '../../packages/cli/src/child.ts'
import { OldFile, surveyFile } from '../../packages/cli/src/recording-file.ts'
import { at, event, start, stop } from '../cli/support.ts'

const pose = 'odom->base_link'

async function directory(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'auki-restart-'))
  onTestFinished(() => rm(path, { recursive: true }))
  return path
}

/** What is in a file: how many entries each log has, by topic. */
async function entriesIn(path: string): Promise<ReadonlyMap<string, number>> {
  await using file = await OldFile.open(path)
  const { tracks } = await surveyFile(path, file)
  return new Map([...tracks.values()].map(({ track, entries }) => [track.topic, entries]))
}

const recordings = (child: AukiChild, count: number): Promise<true> =>
  until(`${count} logs`, [child], () => child.events.filter((line) => line['event'] === 'recording').length >= count || undefined, {
    withinMs: 90_000
  })

/**
 * The frames that a viewer can't place at some time of the playback. As Foxglove's panel does it: each transform is filed under the time inside it, and at a
 * time of the playback, which is the log time, the newest one that is not later is taken.
 */
async function lostTransforms(path: string): Promise<string[]> {
  const bytes = await readFile(path)
  const readable = {
    size: async () => BigInt(bytes.length),
    read: async (from: bigint, length: bigint) => new Uint8Array(bytes.subarray(Number(from), Number(from + length)))
  }
  const reader = await McapIndexedReader.Initialize({ readable })
  const frames = new Map<string, bigint[]>()
  const lost = new Set<string>()
  for await (const { logTime, data } of reader.readMessages()) {
    const { timestamp, child_frame_id: frame } = JSON.parse(Buffer.from(data).toString()) as Transform
    frames.set(frame, [...(frames.get(frame) ?? []).slice(-100), BigInt(timestamp.sec) * 1_000_000_000n + BigInt(timestamp.nsec)])
    for (const [known, times] of frames) if (!times.some((time) => time <= logTime)) lost.add(known)
    if (logTime - frames.get(frame)!.at(-1)! > 1_000_000_000n) lost.add(`${frame} is old`)
  }
  expect(frames.size).toBe(3)
  return [...lost]
}

interface Transform {
  readonly timestamp: { readonly sec: number; readonly nsec: number }
  readonly child_frame_id: string
}

test('two runs of a robot are two logs, a killed recorder has all but the last second, and both play', { timeout: 300_000 }, async () => {
  const path = await directory()
  const [first, second] = [join(path, 'first.mcap'), join(path, 'second.mcap')]
  const url = String((await event(start('discovery', '--port', '0', '--json'), 'listening'))['url'])
  const manager = start('join', 'lab', '--name', 'manager', '--sensor', 'pose:synthetic', ...at(url), '--json')
  const managerId = String((await event(manager, 'joined'))['peerId'])
  const phone = start('join', 'lab', '--name', 'phone', '--sensor', 'pose:synthetic', ...at(url), '--json')
  const phoneId = String((await event(phone, 'joined'))['peerId'])
  const enter = (): AukiChild =>
    start('join', 'lab', '--name', 'robot', '--seed-file', join(path, 'seed'), '--sensor', 'pose:synthetic', ...at(url), '--json')
  const robot = enter()
  const peerId = String((await event(robot, 'joined'))['peerId'])
  const look = (out: string): AukiChild => start('record', 'lab', '--resource', pose, '--out', out, '--discovery', url, '--json')
  const [kept, killed] = [look(first), look(second)]
  await Promise.all([recordings(kept, 3), recordings(killed, 3)])
  robot.kill('SIGKILL')
  await robot.ended
  const again = enter()
  await event(again, 'joined')
  await Promise.all([recordings(kept, 4), recordings(killed, 4)])
  const others = [managerId, phoneId].map((id) => `/${id}/${pose}`)
  const topics = [`/${peerId}/${pose}`, `/${peerId}/${pose}~2`]
  const tail = start('tail', 'lab', peerId, pose, '--discovery', url, '--json')
  await until('two seconds of poses', [tail], () => tail.events.length > 100 || undefined, { withinMs: 60_000 })
  killed.kill('SIGKILL')
  await killed.ended
  expect(await stop(kept, 'SIGHUP')).toBe(0)
  const saved = kept.last('saved')!
  const logs = saved['logs'] as { topic: string; entries: number }[]
  expect(logs.map(({ topic }) => topic).toSorted()).toEqual([...others, topics[0], topics[0]].toSorted())
  const inFile = await entriesIn(first)
  expect([...inFile.keys()].toSorted()).toEqual([...others, ...topics].toSorted())
  const [run, nextRun] = logs.filter(({ topic }) => topic === topics[0])
  expect(topics.map((topic) => inFile.get(topic))).toEqual([run!.entries, nextRun!.entries])
  const cut = await entriesIn(second)
  expect([...cut.keys()].toSorted()).toEqual([...others, ...topics].toSorted())
  // Some 50 a second; of the last second all are lost at most.
  expect(cut.get(topics[1]!)!).toBeGreaterThan(100 - 75)
  expect(await lostTransforms(first)).toEqual([])
  const player = start('play', first, 'stage', '--rate', '100', ...at(url), '--json')
  const joined = await event(player, 'joined')
  const ids = joined['resourceIds'] as string[]
  expect(ids).toHaveLength(4)
  expect(ids.filter((id) => id.endsWith('base_link~2'))).toHaveLength(1)
  expect(await event(player, 'played')).toMatchObject({ entries: saved['entries'] })
  expect(player.stderr).toBe('')
  expect(await stop(player)).toBe(0)
})
