import { encodePayload } from '@auki/datatypes'
import { McapIndexedReader, McapStreamReader, type McapTypes } from '@mcap/core'
import { Ajv } from 'ajv'
import { expect, test } from 'vitest'
import { topicOf } from '../../packages/cli/src/mcap/recorded-log.ts'
import { type RecordedItem, readRecording } from '../../packages/cli/src/mcap/recording-reader.ts'
import { RecordingWriter } from '../../packages/cli/src/mcap/recording-writer.ts'
import { fillEverything, MemoryFile, Studio, type Taken, type Written } from './support.ts'

async function* inPieces(bytes: Uint8Array, size = bytes.length): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size)
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const item of items) found.push(item)
  return found
}

const itemsOf = (bytes: Uint8Array, size?: number): Promise<RecordedItem[]> => all(readRecording(inPieces(bytes, size)))

const entriesOf = (items: readonly RecordedItem[], topic: string): Taken[] =>
  items.flatMap((item) =>
    item.type === 'entry' && item.topic === topic ? [{ timestampNs: item.timestampNs, bytes: plain(item.bytes) }] : []
  )

const plain = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes)

function records(bytes: Uint8Array): McapTypes.TypedMcapRecord[] {
  const reader = new McapStreamReader({ validateCrcs: true })
  reader.append(bytes)
  const found: McapTypes.TypedMcapRecord[] = []
  for (let record = reader.nextRecord(); record !== undefined; record = reader.nextRecord()) found.push(record)
  expect(reader.done()).toBe(true)
  return found
}

async function everything(): Promise<{ studio: Studio; file: MemoryFile }> {
  const studio = await Studio.open()
  await fillEverything(studio)
  return { studio, file: await studio.film() }
}

/** Times of a log's entries in order of time. */
const timesOf = ({ entries }: Written): bigint[] => entries.map(({ timestampNs }) => timestampNs)

test('McapIndexedReader finds every entry, its time, its channel and the schema Foxglove is to see', async () => {
  const { studio, file } = await everything()
  const reader = await McapIndexedReader.Initialize({ readable: file })
  const messages = await all(reader.readMessages())
  for (const one of studio.written) {
    const topic = topicOf(one.log.row)
    const channel = [...reader.channelsById.values()].find((candidate) => candidate.topic === topic)!
    expect(reader.schemasById.get(channel.schemaId)?.name).toBe(one.schema)
    const times = messages.filter(({ channelId }) => channelId === channel.id).map(({ logTime, publishTime }) => [logTime, publishTime])
    expect(times).toEqual(timesOf(one).map((time) => [time, time]))
  }
  expect(studio.written).toHaveLength(13)
})

test('entries lie at their domain time, keep their own, and the channel says on which clocks both are', async () => {
  const studio = await Studio.open()
  await fillEverything(studio)
  const { log, entries } = studio.written[0]!
  const file = new MemoryFile()
  const writer = new RecordingWriter(file)
  const recorder = await writer.addLog(log, 'lab/domain-clock')
  const offsets = [5_000n, -5_000n]
  const [first] = entries
  for (const offset of offsets) await recorder.write({ ...first!, timestampNs: 3_000n, domainTimeNs: 3_000n + offset })
  await writer.end()
  const reader = await McapIndexedReader.Initialize({ readable: file })
  const messages = await all(reader.readMessages())
  // Before the domain clock's zero there is no time in a file.
  expect(messages.map(({ logTime, publishTime }) => [logTime, publishTime])).toEqual([
    [0n, 3_000n],
    [8_000n, 3_000n]
  ])
  const [channel] = reader.channelsById.values()
  expect(channel!.metadata.get('log_time_clock_id')).toBe('lab/domain-clock')
  expect(channel!.metadata.get('clock_id')).toBe(studio.session.monotonicClock.id)
  const read = await itemsOf(file.bytes)
  expect(read.flatMap((item) => (item.type === 'entry' ? [item.timestampNs] : []))).toEqual([3_000n, 3_000n])
})

test('McapStreamReader with CRCs finds them too, and every message is what its schema says', async () => {
  const { studio, file } = await everything()
  const ajv = new Ajv({ strict: false, formats: {} })
  const schemas = new Map<number, McapTypes.Schema>()
  const channels = new Map<number, McapTypes.Channel>()
  const seen = new Map<string, bigint[]>()
  for (const record of records(file.bytes)) {
    if (record.type === 'Schema') schemas.set(record.id, record)
    if (record.type === 'Channel') channels.set(record.id, record)
    if (record.type !== 'Message') continue
    const { topic, schemaId, messageEncoding } = channels.get(record.channelId)!
    const { name, data, encoding } = schemas.get(schemaId)!
    expect([messageEncoding, encoding]).toEqual(['json', 'jsonschema'])
    const validate = ajv.getSchema(name) ?? ajv.addSchema(JSON.parse(Buffer.from(data).toString()), name).getSchema(name)!
    const message = JSON.parse(Buffer.from(record.data).toString()) as { timestamp: { sec: number; nsec: number } }
    expect({ name, valid: validate(message), errors: validate.errors }).toEqual({ name, valid: true, errors: null })
    expect(BigInt(message.timestamp.sec) * 1_000_000_000n + BigInt(message.timestamp.nsec)).toBe(record.publishTime)
    seen.set(topic, [...(seen.get(topic) ?? []), record.publishTime])
  }
  for (const one of studio.written) expect(seen.get(topicOf(one.log.row))).toEqual(timesOf(one))
  const moving = topicOf(studio.written[0]!.log.row)
  expect(seen.get(`${moving}/calibration`)).toEqual([1_000_000_007n])
  expect([...seen.keys()].filter((topic) => topic.endsWith('/undecoded'))).toEqual([])
})

test.each([1, 7, 1_000_000])('what is read in pieces of %i bytes is what was written, bit by bit', async (size) => {
  const { studio, file } = await everything()
  const items = await itemsOf(file.bytes, size)
  const logs = items.flatMap((item) => (item.type === 'log' ? [item] : []))
  expect(logs.map(({ log }) => log)).toEqual(studio.written.map(({ log }) => log))
  for (const { log, entries } of studio.written) {
    expect(entriesOf(items, topicOf(log.row))).toEqual(entries.map(({ timestampNs, bytes }) => ({ timestampNs, bytes: plain(bytes) })))
  }
  expect(items.filter(({ type }) => type === 'cut' || type === 'foreign')).toEqual([])
})

test('entries that no message can hold are kept as they are, in order', async () => {
  const studio = await Studio.open()
  const frame = { frame: Uint8Array.of(1, 2, 3) }
  const whole = encodePayload('camera', { frame: new Uint8Array(12) })
  const bytes = [whole, Uint8Array.of(255, 255), encodePayload('camera', frame), Uint8Array.of(...whole, 0x78, 1), whole]
  const camera = bytes.map((one, at) => ({ timestampNs: BigInt(at), bytes: one }))
  await studio.writeRaw(await studio.camera('camera', 'rgb8'), 'foxglove.RawImage', camera)
  const link = await studio.peer.registerFrame('link', { handedness: 'right', axes: { x: 'forward', y: 'left', z: 'up' }, units: 'meters' })
  const arm = await studio.sensor('arm', { kind: 'joint_encoders', type: 'absolute', jointCount: 1, frameRateHz: 1, frame: link })
  await studio.write(arm, 'foxglove.JointStates', 'joint_encoders', [{ anglesRad: [Number.NaN, Number.NEGATIVE_INFINITY] }])
  const file = await studio.film()
  const items = await itemsOf(file.bytes)
  for (const { log, entries } of studio.written) expect(entriesOf(items, topicOf(log.row))).toEqual(entries)
  const channels = new Map(records(file.bytes).flatMap((record) => (record.type === 'Channel' ? [[record.id, record.topic]] : [])))
  const topics = records(file.bytes).flatMap((record) => (record.type === 'Message' ? [channels.get(record.channelId)] : []))
  const own = (suffix: string): number => topics.filter((topic) => topic === `/robot-peer/${suffix}`).length
  expect([own('camera'), own('camera/undecoded'), own('arm'), own('arm/undecoded')]).toEqual([2, 3, 0, 1])
})

test('the latest time there is has its place; a time before 0 has none', async () => {
  const studio = await Studio.open()
  const last = [{ timestampNs: 2n ** 63n - 1n, bytes: new Uint8Array(0) }]
  await studio.writeRaw(await studio.camera('camera', 'jpeg'), 'foxglove.CompressedImage', last)
  const { log } = studio.written[0]!
  expect(entriesOf(await itemsOf((await studio.film()).bytes), topicOf(log.row))).toEqual(last)
  const writer = new RecordingWriter(new MemoryFile())
  const recorder = await writer.addLog(log)
  await expect(recorder.write({ timestampNs: -1n, bytes: new Uint8Array(0) })).rejects.toThrow('an entry at -1 ns')
})

test('a file that was cut anywhere gives what was whole, and says so', async () => {
  const { studio, file } = await everything()
  const total = studio.written.flatMap(({ entries }) => entries).length
  const step = Math.ceil(file.bytes.length / 200)
  for (let length = 8; length < file.bytes.length; length += step) {
    const items = await itemsOf(file.bytes.slice(0, length))
    expect(items.at(-1)).toEqual({ type: 'cut' })
    expect(items.filter(({ type }) => type === 'entry').length).toBeLessThanOrEqual(total)
  }
})

test('a flipped bit in a message is noticed; what is no MCAP is refused', async () => {
  const { file } = await everything()
  const damaged = Uint8Array.from(file.bytes)
  const at = Buffer.from(damaged).indexOf('"sec":0')
  damaged[at + 6] = damaged[at + 6]! ^ 1
  await expect(itemsOf(damaged)).rejects.toThrow(/CRC/i)
  await expect(itemsOf(Buffer.from('these are no recordings at all'))).rejects.toThrow(/magic/i)
})

test('a file of others has nothing of ours', async () => {
  const { McapWriter } = await import('@mcap/core')
  const file = new MemoryFile()
  const writer = new McapWriter({ writable: file })
  await writer.start({ profile: '', library: 'other' })
  const channelId = await writer.registerChannel({ topic: '/other', schemaId: 0, messageEncoding: 'cdr', metadata: new Map() })
  await writer.addMessage({ channelId, sequence: 0, logTime: 0n, publishTime: 0n, data: new Uint8Array(4) })
  await writer.end()
  expect(await itemsOf(file.bytes)).toEqual([{ type: 'foreign', topic: '/other' }])
})

test('a disk that takes no more fails every write that follows', async () => {
  const studio = await Studio.open()
  await fillEverything(studio)
  const file = new MemoryFile()
  const writer = new RecordingWriter(file)
  const recorder = await writer.addLog(studio.written[0]!.log)
  file.write = () => Promise.reject(new Error('ENOSPC'))
  const big = encodePayload('camera', { frame: new Uint8Array(2_000_000) })
  await expect(recorder.write({ timestampNs: 0n, bytes: big })).rejects.toThrow('ENOSPC')
  await expect(recorder.write({ timestampNs: 1n, bytes: new Uint8Array(0) })).rejects.toThrow('ENOSPC')
  await expect(writer.end()).rejects.toThrow('ENOSPC')
})
