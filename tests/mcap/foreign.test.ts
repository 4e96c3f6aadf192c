/** What others recorded, and what is wrong with files: it plays as far as it can be read. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { zstdCompressSync } from 'node:zlib'
import { decodePayload } from '@auki/datatypes'
import { Peer } from '@auki/domain'
import { create, createFileRegistry, toBinary } from '@bufbuild/protobuf'
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt'
import { stringify } from '@foxglove/rosmsg'
import { ros2jazzy } from '@foxglove/rosmsg-msgs-common'
import { MessageWriter } from '@foxglove/rosmsg2-serialization'
import { McapWriter } from '@mcap/core'
import { expect, onTestFinished, test } from 'vitest'
import type { ForeignLog } from '../../packages/cli/src/mcap/foreign-log.ts'
import { type Survey, survey } from '../../packages/cli/src/mcap/recording-reader.ts'
import { Cast } from '../../packages/cli/src/playback.ts'
import { OldFile } from '../../packages/cli/src/recording-file.ts'
import { MemoryFile } from './support.ts'

interface Written {
  readonly topic: string
  readonly encoding: string
  readonly schema: { readonly name: string; readonly encoding: string; readonly data: Uint8Array }
  readonly messages: readonly Uint8Array[]
}

type WriterOptions = Omit<ConstructorParameters<typeof McapWriter>[0], 'writable'>

/** A file of somebody else: messages a second apart, from the beginning of 2026 on. */
async function fileOf(channels: readonly Written[], options: WriterOptions = {}): Promise<MemoryFile> {
  const file = new MemoryFile()
  const writer = new McapWriter({ writable: file, ...options })
  await writer.start({ profile: '', library: 'others' })
  for (const { topic, encoding, schema, messages } of channels) {
    const schemaId = await writer.registerSchema(schema)
    const channelId = await writer.registerChannel({ topic, schemaId, messageEncoding: encoding, metadata: new Map() })
    for (const [at, data] of messages.entries()) {
      const logTime = 1_767_225_600_000_000_000n + BigInt(at) * 1_000_000_000n
      await writer.addMessage({ channelId, sequence: at, logTime, publishTime: logTime, data })
    }
  }
  await writer.end()
  return file
}

/** The logs of a file and their entries, by topic. */
async function logsOf(found: Survey) {
  const logs = new Map<string, { log: ForeignLog; entries: Uint8Array[]; times: bigint[] }>()
  for await (const { track, bytes, atNs } of found.entries()) {
    const known = logs.get(track.topic) ?? { log: track.log as ForeignLog, entries: [], times: [] }
    known.entries.push(bytes)
    known.times.push(atNs)
    logs.set(track.topic, known)
  }
  return logs
}

const problemsOf = ({ problems, notes }: Survey): unknown[] => [...problems, ...notes.filter(({ type }) => type !== 'log')]

const json = (topic: string, name: string, ...messages: readonly object[]): Written => ({
  topic,
  encoding: 'json',
  schema: { name, encoding: 'jsonschema', data: Buffer.from('{}') },
  messages: messages.map((message) => Buffer.from(JSON.stringify(message)))
})

function ros(topic: string, name: string, ...messages: readonly object[]): Written {
  const known = ros2jazzy as unknown as Record<string, { name?: string; definitions: [] }>
  const named = new Map<string, { name?: string; definitions: [] }>()
  const collect = (type: string): void => {
    const definition = known[type]
    if (definition === undefined || named.has(type)) return
    named.set(type, { ...definition, name: type })
    for (const field of definition.definitions as { type: string; isComplex?: boolean }[]) if (field.isComplex === true) collect(field.type)
  }
  collect(name.replace('/msg/', '/'))
  const definitions = [...named.values()].map((one, at) => (at === 0 ? { definitions: one.definitions } : one)) as never
  const writer = new MessageWriter(definitions)
  const data = Buffer.from(stringify(definitions))
  const schema = { name, encoding: 'ros2msg', data }
  return { topic, encoding: 'cdr', schema, messages: messages.map((message) => writer.writeMessage(message)) }
}

const header = { stamp: { sec: 5, nanosec: 6 }, frame_id: 'map' }
const pose = { position: { x: 1, y: 2, z: 3 }, orientation: { x: 0, y: 0, z: 0, w: 1 } }
const transform = { translation: pose.position, rotation: pose.orientation }

test('ROS 2: pictures, points, transforms, poses and joints become logs of their kinds', async () => {
  const step = 8 // two bytes fill up each row
  const cloud = { height: 1, width: 2, is_bigendian: false, point_step: 4, row_step: 8, is_dense: true, data: new Uint8Array(8).fill(9) }
  const fields = [{ name: 'x', offset: 0, datatype: 7, count: 1 }]
  const file = await fileOf([
    ros('/camera/image_raw', 'sensor_msgs/msg/Image', {
      header,
      height: 2,
      width: 2,
      encoding: 'rgb8',
      is_bigendian: 0,
      step,
      data: new Uint8Array(16).fill(1)
    }),
    ros('/camera/compressed', 'sensor_msgs/msg/CompressedImage', {
      header,
      format: 'rgb8; jpeg compressed bgr8',
      data: Uint8Array.of(0xff, 0xd8)
    }),
    ros('/points', 'sensor_msgs/msg/PointCloud2', { header, ...cloud, fields }),
    ros('/tf', 'tf2_msgs/msg/TFMessage', {
      transforms: [
        { header, child_frame_id: 'odom', transform },
        { header, child_frame_id: 'base link', transform }
      ]
    }),
    ros('/pose', 'geometry_msgs/msg/PoseStamped', { header, pose }),
    ros('/joint_states', 'sensor_msgs/msg/JointState', { header, name: ['a', 'b'], position: [0.5, -1], velocity: [], effort: [] })
  ])
  const found = await survey(file)
  expect(problemsOf(found)).toEqual([])
  const logs = await logsOf(found)
  const kinds = [...logs].map(([topic, { log }]) => [topic, log.variant === 'sensor' ? log.body.kind : 'pose'])
  expect(new Map(kinds as [string, string][])).toEqual(
    new Map([
      ['/camera/image_raw', 'camera'],
      ['/camera/compressed', 'camera'],
      ['/points', 'rangefinder'],
      ['map->odom', 'pose'],
      ['map->base_link', 'pose'],
      ['map->pose', 'pose'],
      ['/joint_states', 'joint_encoders']
    ])
  )
  const bytes = (topic: string): Uint8Array => logs.get(topic)!.entries[0]!
  expect(decodePayload('camera', bytes('/camera/image_raw')).frame.length).toBe(12)
  expect(logs.get('/camera/compressed')!.log).toMatchObject({ body: { pixelFormat: 'jpeg' } })
  expect(logs.get('/points')!.log).toMatchObject({ frame: 'map', body: { pointStep: 4, fields: [{ name: 'x', datatype: 'float32' }] } })
  expect(decodePayload('pose', bytes('map->odom'))).toEqual({ translation: pose.position, orientation: pose.orientation })
  expect(decodePayload('joint_encoders', bytes('/joint_states')).anglesRad).toEqual([0.5, -1])
  const peer = new Peer({ peerId: 'player', appId: 'test' })
  const cast = new Cast(peer, await peer.startSession())
  const ids = []
  for (const track of found.tracks.keys()) ids.push((await cast.register(track)).resourceId)
  expect(ids.toSorted()).toEqual(
    ['camera/image_raw', 'camera/compressed', 'points', 'map->odom', 'map->base_link', 'map->pose', 'joint_states'].toSorted()
  )
})

test('Foxglove in JSON and protobuf: the same', async () => {
  const descriptor = { name: 'foxglove/JointState.proto', package: 'foxglove', syntax: 'proto3' }
  const field = (name: string, number: number, type: number, label = 1, typeName = '') => ({ name, number, type, label, typeName })
  const set = create(FileDescriptorSetSchema, {
    file: [
      {
        ...descriptor,
        messageType: [
          { name: 'JointState', field: [field('name', 1, 9), field('position', 2, 1)] },
          { name: 'JointStates', field: [field('joints', 2, 11, 3, '.foxglove.JointState')] },
          {
            name: 'RawImage',
            field: [
              field('frame_id', 7, 9),
              field('width', 2, 7),
              field('height', 3, 7),
              field('encoding', 4, 9),
              field('step', 5, 7),
              field('data', 6, 12)
            ]
          }
        ]
      }
    ]
  })
  const registry = createFileRegistry(set)
  const proto = (topic: string, name: string, message: Record<string, unknown>): Written => {
    const type = registry.getMessage(name)!
    const schema = { name, encoding: 'protobuf', data: toBinary(FileDescriptorSetSchema, set) }
    return { topic, encoding: 'protobuf', schema, messages: [toBinary(type, create(type, message))] }
  }
  const joint = create(registry.getMessage('foxglove.JointState')!, { name: 'a', position: 0.25 })
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')
  const file = await fileOf([
    proto('/joints', 'foxglove.JointStates', { joints: [joint] }),
    proto('/image', 'foxglove.RawImage', { frameId: 'eye', width: 1, height: 1, encoding: 'mono8', step: 1, data: Uint8Array.of(7) }),
    json('/cloud', 'foxglove.PointCloud', {
      frame_id: 'lidar',
      point_stride: 4,
      fields: [{ name: 'x', offset: 0, type: 7 }],
      data: base64(new Uint8Array(8))
    }),
    json('/tf', 'foxglove.FrameTransforms', {
      transforms: [{ parent_frame_id: 'map', child_frame_id: 'base', translation: pose.position, rotation: pose.orientation }]
    }),
    json('/goal', 'foxglove.PoseInFrame', { frame_id: 'map', pose }, { frame_id: 'map', pose })
  ])
  const found = await survey(file)
  expect(problemsOf(found)).toEqual([])
  const logs = await logsOf(found)
  expect(decodePayload('joint_encoders', logs.get('/joints')!.entries[0]!).anglesRad).toEqual([0.25])
  expect(logs.get('/image')!.log).toMatchObject({ frame: 'eye', body: { kind: 'camera', width: 1, pixelFormat: 'mono8' } })
  expect(decodePayload('camera', logs.get('/image')!.entries[0]!).frame).toEqual(Uint8Array.of(7))
  expect(logs.get('/cloud')!.log).toMatchObject({ frame: 'lidar', body: { pointStep: 4 } })
  expect([...logs.keys()]).toContain('map->base')
  expect(logs.get('map->goal')!.times).toEqual([0n, 1_000_000_000n])
})

test('what nothing is known of is played as bytes, with a note; what does not fit its schema is left out, and stops nobody', async () => {
  const broken = { ...ros('/joints', 'sensor_msgs/msg/JointState'), messages: [Uint8Array.of(0, 1, 0, 0, 255, 255, 255, 255)] }
  const odd = { ...broken, topic: '/odd', schema: { ...broken.schema, data: Buffer.from('this is { no schema') } }
  const file = await fileOf([json('/odometer', 'acme.Ticks', { n: 1 }), broken, odd, json('/goal', 'foxglove.PoseInFrame', { pose })])
  const found = await survey(file)
  const logs = await logsOf(found)
  expect([...logs.keys()].toSorted()).toEqual(['/odd', '/odometer', 'unnamed->goal'])
  expect(Buffer.from(logs.get('/odometer')!.entries[0]!).toString()).toBe('{"n":1}')
  expect(problemsOf(found)).toEqual([
    { type: 'note', topic: '/odometer', text: 'acme.Ticks in json is played as bytes' },
    { type: 'bad', topic: '/joints', reason: expect.any(String) },
    { type: 'note', topic: '/odd', text: expect.stringMatching(/^sensor_msgs\/msg\/JointState in cdr is played as bytes: /) }
  ])
})

const lz4Stored = (bytes: Uint8Array): Uint8Array => {
  const length = Buffer.alloc(4)
  length.writeUInt32LE((bytes.length | 0x8000_0000) >>> 0)
  return Buffer.concat([Buffer.from([4, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82]), length, bytes, Buffer.alloc(4)])
}

test.each([
  ['zstd', zstdCompressSync],
  ['lz4', lz4Stored],
  ['', (bytes: Uint8Array) => bytes]
] as const)('chunks with the compression "%s" are read', async (compression, compress) => {
  const compressChunk = (bytes: Uint8Array) => ({ compression, compressedData: compress(bytes) })
  const found = await survey(await fileOf([json('/goal', 'foxglove.PoseInFrame', { pose }, { pose })], { compressChunk }))
  expect(problemsOf(found)).toEqual([])
  expect((await logsOf(found)).get('unnamed->goal')!.entries).toHaveLength(2)
})

test('an unknown compression leaves its chunks out', async () => {
  const compressChunk = (bytes: Uint8Array) => ({ compression: 'brotli', compressedData: bytes })
  const found = await survey(await fileOf([json('/goal', 'foxglove.PoseInFrame', { pose })], { compressChunk }))
  expect(found.problems).toEqual([{ type: 'damage', offset: expect.any(Number), reason: expect.stringContaining('"brotli"') }])
})

test.each([{}, { useChunks: false }])('entries are played in order of time, wherever they stand: %o', async (options) => {
  const file = new MemoryFile()
  const writer = new McapWriter({ writable: file, chunkSize: 100, ...options })
  await writer.start({ profile: '', library: 'others' })
  const channelId = await writer.registerChannel({ topic: '/a', schemaId: 0, messageEncoding: 'x', metadata: new Map() })
  const times = [50n, 3n, 900n, 4n, 100n, 4n, 0n, 1n]
  for (const [at, logTime] of times.entries()) {
    await writer.addMessage({ channelId, sequence: 0, logTime, publishTime: logTime, data: new Uint8Array(50).fill(at) })
  }
  await writer.end()
  const found = await survey(file)
  const { entries, times: played } = (await logsOf(found)).get('/a')!
  expect(played).toEqual([0n, 1n, 3n, 4n, 4n, 50n, 100n, 900n])
  expect(entries.map(([first]) => first)).toEqual([6, 7, 1, 3, 5, 0, 4, 2])
  expect([found.durationNs, found.isSorted]).toEqual([900n, true])
})

const switches = [
  'useChunks',
  'useStatistics',
  'useSummaryOffsets',
  'repeatSchemas',
  'repeatChannels',
  'useMessageIndex',
  'useChunkIndex'
] as const

test('files with and without each part that MCAP leaves open are read, whole and cut', async () => {
  for (let bits = 0; bits < 2 ** switches.length; bits += 1) {
    const options = Object.fromEntries(switches.map((name, at) => [name, ((bits >> at) & 1) === 1])) as WriterOptions
    for (const messages of [0, 1, 10]) {
      const file = new MemoryFile()
      const writer = new McapWriter({ writable: file, chunkSize: 200, ...options })
      await writer.start({ profile: 'x', library: '' })
      await writer.addMetadata({ name: 'about', metadata: new Map([['a', 'b']]) })
      await writer.addAttachment({ name: 'a', logTime: 0n, createTime: 0n, mediaType: '', data: new Uint8Array(9) })
      const schemaId = await writer.registerSchema({ name: 'x', encoding: '', data: new Uint8Array(0) })
      const channelId = await writer.registerChannel({ topic: '/a', schemaId, messageEncoding: '', metadata: new Map() })
      for (let at = 0; at < messages; at += 1) {
        await writer.addMessage({ channelId, sequence: at, logTime: BigInt(at), publishTime: 0n, data: new Uint8Array(60) })
      }
      await writer.end()
      const found = await survey(file)
      expect([found.problems, [...found.tracks.values()].map(({ entries }) => entries)]).toEqual([[], messages === 0 ? [] : [messages]])
      const cut = await survey(MemoryFile.of(file.bytes.subarray(0, file.bytes.length / 2)))
      expect(cut.problems).toEqual([{ type: 'cut' }])
    }
  }
})

test('a broken length costs no memory, and what stands behind it in the index is read', async () => {
  const file = await fileOf([json('/goal', 'foxglove.PoseInFrame', ...Array.from({ length: 9 }, () => ({ pose })))], { chunkSize: 300 })
  const { chunkIndexes } = await (await import('@mcap/core')).McapIndexedReader.Initialize({ readable: file })
  const second = Number(chunkIndexes[1]!.chunkStartOffset)
  const broken = Buffer.from(file.bytes)
  broken.writeBigUInt64LE(2n ** 62n, second + 1)
  const reads: bigint[] = []
  const source = MemoryFile.of(broken)
  const read = source.read.bind(source)
  source.read = (offset, length) => {
    reads.push(length)
    return read(offset, length)
  }
  const found = await survey(source)
  expect(found.problems).toEqual([{ type: 'damage', offset: second, reason: expect.stringContaining('claims') }])
  const lost = 9 - [...found.tracks.values()][0]!.entries
  expect(lost).toBeGreaterThan(0)
  expect(lost).toBeLessThan(9 - 1)
  expect(reads.every((length) => length <= BigInt(broken.length))).toBe(true)
  const cut = await survey(MemoryFile.of(broken.subarray(0, second + 100)))
  expect(cut.problems).toEqual([{ type: 'cut' }])
})

test('a pipe is refused before anybody waits for it', async () => {
  const path = await mkdtemp(join(tmpdir(), 'auki-pipe-'))
  onTestFinished(() => rm(path, { recursive: true }))
  const pipe = join(path, 'pipe.mcap')
  await promisify(execFile)('mkfifo', [pipe])
  await expect(OldFile.open(pipe)).rejects.toThrow("a pipe can't be played: save it in a file first")
  const file = join(path, 'file.mcap')
  await writeFile(file, 'abc')
  await using opened = await OldFile.open(file)
  expect(Buffer.from(await opened.read(1n, 2n)).toString()).toBe('bc')
  await expect(opened.read(1n, 3n)).rejects.toThrow('it became shorter')
})
