/** A recording in which a robot was killed and started again: recorded, cut off, played. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
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

test('two runs of a robot are two logs, a killed recorder has all but the last second, and both play', { timeout: 300_000 }, async () => {
  const path = await directory()
  const [first, second] = [join(path, 'first.mcap'), join(path, 'second.mcap')]
  const url = String((await event(start('discovery', '--port', '0', '--json'), 'listening'))['url'])
  const manager = start('join', 'lab', '--name', 'manager', ...at(url), '--json')
  await event(manager, 'joined')
  const enter = (): AukiChild =>
    start('join', 'lab', '--name', 'robot', '--seed-file', join(path, 'seed'), '--sensor', 'pose:synthetic', ...at(url), '--json')
  const robot = enter()
  const peerId = String((await event(robot, 'joined'))['peerId'])
  const look = (out: string): AukiChild => start('record', 'lab', '--resource', pose, '--out', out, '--discovery', url, '--json')
  const [kept, killed] = [look(first), look(second)]
  await Promise.all([recordings(kept, 1), recordings(killed, 1)])
  robot.kill('SIGKILL')
  await robot.ended
  const again = enter()
  await event(again, 'joined')
  await Promise.all([recordings(kept, 2), recordings(killed, 2)])
  const topics = [`/${peerId}/${pose}`, `/${peerId}/${pose}~2`]
  const tail = start('tail', 'lab', peerId, pose, '--discovery', url, '--json')
  await until('two seconds of poses', [tail], () => tail.events.length > 100 || undefined, { withinMs: 60_000 })
  killed.kill('SIGKILL')
  await killed.ended
  expect(await stop(kept, 'SIGHUP')).toBe(0)
  const saved = kept.last('saved')!
  const logs = saved['logs'] as { topic: string; entries: number }[]
  expect(logs.map(({ topic }) => topic)).toEqual([topics[0], topics[0]])
  const inFile = await entriesIn(first)
  expect([...inFile]).toEqual(topics.map((topic, run) => [topic, logs[run]!.entries]))
  const cut = await entriesIn(second)
  expect([...cut.keys()]).toEqual(topics)
  // Some 50 a second; of the last second all are lost at most.
  expect(cut.get(topics[1]!)!).toBeGreaterThan(100 - 75)
  const player = start('play', first, 'stage', '--rate', '100', ...at(url), '--json')
  const joined = await event(player, 'joined')
  expect(joined['resourceIds']).toEqual([pose, 'odom~2->base_link~2'])
  expect(await event(player, 'played')).toMatchObject({ entries: saved['entries'] })
  expect(player.stderr).toBe('')
  expect(await stop(player)).toBe(0)
})
