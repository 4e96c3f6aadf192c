/** `auki tail`, `record` and `play` in processes of their own. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { McapIndexedReader } from '@mcap/core'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { type AukiChild, type ChildEvent, until } from '../../packages/cli/src/child.ts'
import type { RecordedLog } from '../../packages/cli/src/mcap/recorded-log.ts'
import { readRecording } from '../../packages/cli/src/mcap/recording-reader.ts'
import { OldFile } from '../../packages/cli/src/recording-file.ts'
import { at, auki, event, launch, start, stop } from '../cli/support.ts'
import { fillEverything, Studio } from './support.ts'

let service: AukiChild
let robot: AukiChild
let url: string
let peerId: string
/** The robot's log of how its clock relates to UTC. */
let clockLog: string

beforeAll(async () => {
  service = launch(['discovery', '--port', '0', '--json'])
  url = String((await event(service, 'listening'))['url'])
  const sensors = ['camera', 'lidar', 'pose'].flatMap((kind) => ['--sensor', `${kind}:synthetic`])
  robot = launch(['join', 'lab', '--name', 'robot', ...sensors, ...at(url), '--json'])
  const joined = await event(robot, 'joined')
  peerId = String(joined['peerId'])
  clockLog = (joined['resourceIds'] as string[]).at(-1)!
})
afterAll(async () => {
  await stop(robot)
  await stop(service)
})

async function directory(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'auki-mcap-'))
  onTestFinished(() => rm(path, { recursive: true }))
  return path
}

/** Resolves to the lines of a child that are entries, once there are so many. */
const entries = (child: AukiChild, count: number): Promise<ChildEvent[]> => {
  const look = (): ChildEvent[] | undefined => {
    if (child.end !== undefined) throw new Error(`ended with ${child.end}: ${child.stderr}`)
    return child.events.length >= count ? child.events : undefined
  }
  return until(`${count} entries`, [child], look, { withinMs: 25_000 })
}

/** Everything in a file: each log's entries by resource id. */
async function contentOf(path: string): Promise<Record<string, { timestampNs: bigint; base64: string }[]>> {
  const content: Record<string, { timestampNs: bigint; base64: string }[]> = {}
  await using file = await OldFile.open(path)
  for await (const item of readRecording(file)) {
    if (item.type !== 'entry') continue
    const log = (item.track.log as RecordedLog).row.resourceId
    content[log] ??= []
    content[log].push({ timestampNs: item.timestampNs, base64: Buffer.from(item.bytes).toString('base64') })
  }
  return content
}

test('tail tells of every entry, with history as asked and latency where the clocks are known', async () => {
  const tail = start('tail', 'lab', peerId, 'odom->base_link', '--from', 'start', '--json', '--discovery', url)
  const told = await until(
    'latency',
    [tail],
    () => (tail.events.some((line) => typeof line['latencyNs'] === 'number') ? tail.events : undefined),
    { withinMs: 25_000 }
  )
  expect(told.map(({ seq }) => seq)).toEqual(told.map((_, index) => index))
  const times = told.map(({ timestampNs }) => Number(timestampNs))
  expect(times).toEqual(times.toSorted((a, b) => a - b))
  for (const line of told) expect(line['bytes']).toBeGreaterThan(0)
  expect(await stop(tail, 'SIGINT')).toBe(0)
  expect(tail.stderr).toBe('')
})

test('tail of the log of the clocks: once a second, what UTC was on the session clock', async () => {
  const tail = start('tail', 'lab', peerId, 'clock', '--from', 'start', '--json', '--discovery', url)
  const told = await entries(tail, 3)
  for (const [at, { timestampNs }] of told.entries()) {
    if (at > 0) expect(Number(timestampNs)).toBeGreaterThan(Number(told[at - 1]!['timestampNs']))
  }
})

test('tail of what is not there says what is', async () => {
  const { code, stdout, stderr } = await auki('tail', 'lab', peerId, 'sonar', '--json', '--discovery', url)
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  expect(stderr).toBe(`auki: robot ·${peerId.slice(-4)} has no "sonar"; it has camera, lidar, odom->base_link, clock\n`)
})

test('tail of a camera shows JPEG-sized frames, and its last words when the producer leaves', async () => {
  const phone = start('join', 'lab', '--name', 'phone', '--sensor', 'camera:synthetic', ...at(url), '--json')
  const { peerId: phoneId } = await event(phone, 'joined')
  const tail = start('tail', 'lab', String(phoneId), 'camera', '--keep', 'latest', '--json', '--discovery', url)
  for (const { bytes } of await entries(tail, 3)) expect(bytes).toBeGreaterThan(1_000)
  expect(await stop(phone)).toBe(0)
  expect(await tail.ended).toBe(0)
  expect(tail.stderr).toMatch(/^auki: "camera" has ended: (producer_shutting_down|session_ended|source_ended)$/)
})

test('record writes what Foxglove knows, until it is stopped, and never over a file', async () => {
  const out = join(await directory(), 'lab.mcap')
  const recording = start('record', 'lab', '--out', out, '--from', 'start', '--json', '--discovery', url)
  await until('all logs', [recording], () => recording.events.filter((line) => line['event'] === 'recording').length === 4 || undefined, {
    withinMs: 25_000
  })
  expect(await stop(recording, 'SIGINT')).toBe(0)
  const saved = recording.last('saved')!
  const bytes = await readFile(out)
  expect(saved).toMatchObject({ out, bytes: bytes.length })
  const readable = {
    size: async () => BigInt(bytes.length),
    read: async (from: bigint, length: bigint) => new Uint8Array(bytes.subarray(Number(from), Number(from + length)))
  }
  const reader = await McapIndexedReader.Initialize({ readable })
  const kinds = [...reader.channelsById.values()].map(({ topic, schemaId }) => [topic, reader.schemasById.get(schemaId)?.name])
  expect(new Map(kinds as [string, string][])).toEqual(
    new Map([
      [`/${peerId}/camera`, 'foxglove.CompressedImage'],
      [`/${peerId}/lidar`, 'foxglove.PointCloud'],
      [`/${peerId}/odom->base_link`, 'foxglove.FrameTransform'],
      [`/${peerId}/${clockLog}`, 'auki.TimeTransform']
    ])
  )
  expect(reader.statistics?.messageCount).toBe(BigInt(saved['entries'] as number))
  const again = await auki('record', 'lab', '--out', out, '--json', '--discovery', url)
  expect(again).toMatchObject({ code: 1, stdout: '' })
  expect(again.stderr).toContain('it is there already: choose another name')
  expect((await readFile(out)).equals(bytes)).toBe(true)
})

test('what two peers saw lies on one timeline, and keeps the times they stamped', async () => {
  const phone = start('join', 'lab', '--name', 'phone', '--sensor', 'pose:synthetic', ...at(url), '--json')
  const phoneId = String((await event(phone, 'joined'))['peerId'])
  const out = join(await directory(), 'two.mcap')
  const pose = 'odom->base_link'
  const recording = start('record', 'lab', '--resource', pose, '--out', out, '--from', 'start', '--json', '--discovery', url)
  const recorded = await until(
    'both logs',
    [recording],
    () => {
      const both = recording.events.filter((line) => line['event'] === 'recording')
      return both.length === 2 ? both : undefined
    },
    { withinMs: 25_000 }
  )
  expect(recorded.map(({ inDomainTime }) => inDomainTime)).toEqual([true, true])
  const reading = start('tail', 'lab', phoneId, pose, '--json', '--discovery', url)
  await entries(reading, 5) // meanwhile something was recorded
  expect(await stop(recording, 'SIGINT')).toBe(0)
  const bytes = await readFile(out)
  const readable = {
    size: async () => BigInt(bytes.length),
    read: async (from: bigint, length: bigint) => new Uint8Array(bytes.subarray(Number(from), Number(from + length)))
  }
  const reader = await McapIndexedReader.Initialize({ readable })
  const offsets = new Map<string, bigint[]>()
  for await (const { channelId, logTime, publishTime } of reader.readMessages()) {
    const { topic, metadata } = reader.channelsById.get(channelId)!
    expect(metadata.get('log_time_clock_id')).toBe('lab/domain-clock')
    offsets.set(topic, [...(offsets.get(topic) ?? []), logTime - publishTime])
  }
  const offsetsOf = (id: string): bigint[] => offsets.get(`/${id}/${pose}`) ?? []
  // The robot's clock is the domain's; the phone's began when the phone did, long after that.
  const [robots, phones] = [offsetsOf(peerId), offsetsOf(phoneId)]
  expect(robots.length > 0 && robots.every((offset) => offset < 100_000_000n && offset > -100_000_000n)).toBe(true)
  expect(phones.length > 0 && phones.every((offset) => offset > 100_000_000n)).toBe(true)
  expect(await stop(phone)).toBe(0)
})

test('record of a log that nobody has fails and leaves no file', async () => {
  const path = await directory()
  const out = join(path, 'lab.mcap')
  const { code, stderr } = await auki('record', 'lab', '--resource', 'sonar', '--out', out, '--discovery', url)
  expect(code).toBe(1)
  expect(stderr).toContain('lab has no "sonar"')
  await expect(readFile(out)).rejects.toThrow('ENOENT')
})

test('what is recorded of a played file is what was in it, of every kind', async () => {
  const path = await directory()
  const [first, second] = [join(path, 'first.mcap'), join(path, 'second.mcap')]
  const studio = await Studio.open()
  await fillEverything(studio)
  await writeFile(first, (await studio.film()).bytes)
  const player = start('play', first, 'stage', ...at(url), '--json')
  const joined = await event(player, 'joined')
  expect(joined).toMatchObject({ clusterName: 'stage', name: 'first.mcap' })
  const total = studio.written.flatMap(({ entries: written }) => written).length
  expect(await event(player, 'played')).toMatchObject({ entries: total })
  const recording = start('record', 'stage', '--out', second, '--from', 'start', '--json', '--discovery', url)
  expect(await recording.ended).toBe(0)
  expect(await recording.ended).toBe(0)
  expect(recording.last('saved')).toMatchObject({ entries: total })
  expect(await contentOf(second)).toEqual(await contentOf(first))
  expect(await stop(player)).toBe(0)
})

test('a loop over a time in which nothing was recorded ends, and can be stopped', async () => {
  const file = join(await directory(), 'pause.mcap')
  const studio = await Studio.open()
  const times = [0n, 10_000_000_000n]
  const entriesThen = times.map((timestampNs) => ({ timestampNs, bytes: new Uint8Array(8) }))
  await studio.writeRaw(await studio.camera('camera', 'jpeg'), 'foxglove.CompressedImage', entriesThen)
  await writeFile(file, (await studio.film()).bytes)
  const player = start('play', file, 'nothing', '--loop', '--start', '2s', '--end', '3s', ...at(url), '--json')
  expect(await event(player, 'played')).toMatchObject({ entries: 0 })
  expect(await stop(player)).toBe(0)
})

test('what is no recording is refused before anybody sees it', async () => {
  const file = join(await directory(), 'no.mcap')
  await writeFile(file, 'not a recording at all')
  const [bad, none] = await Promise.all([
    auki('play', file, 'stage', '--json', '--discovery', url),
    auki('play', `${file}.gone`, 'stage', '--json', '--discovery', url)
  ])
  expect(bad).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining("can't be played") })
  expect(none).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('ENOENT') })
})
