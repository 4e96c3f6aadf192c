import { encodePayload } from '@auki/datatypes'
import { McapIndexedReader, McapStreamReader, type McapTypes, McapWriter } from '@mcap/core'
import { Ajv } from 'ajv'
import { expect, onTestFinished, test, vi } from 'vitest'
import { type RecordedLog, topicOf } from '../../packages/cli/src/mcap/recorded-log.ts'
import { type RecordedItem, readRecording } from '../../packages/cli/src/mcap/recording-reader.ts'
import { RecordingWriter } from '../../packages/cli/src/mcap/recording-writer.ts'
import { fillEverything, MemoryFile, Studio, type Taken, type Written } from './support.ts'

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const item of items) found.push(item)
  return found
}

const itemsOf = (bytes: Uint8Array): Promise<RecordedItem[]> => all(readRecording(MemoryFile.of(bytes)))

const entriesOf = (items: readonly RecordedItem[], topic: string): Taken[] =>
  items.flatMap((item) =>
    item.type === 'entry' && item.track.topic === topic ? [{ timestampNs: item.timestampNs, bytes: plain(item.bytes) }] : []
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
  const recorder = await writer.addLog(log, { domainClockId: 'lab/domain-clock' })
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
  const inside = messages.map(({ data }) => (JSON.parse(Buffer.from(data).toString()) as { timestamp: unknown }).timestamp)
  expect(inside).toEqual([
    { sec: 0, nsec: 0 },
    { sec: 0, nsec: 8_000 }
  ])
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

test('what is read is what was written, bit by bit', async () => {
  const { studio, file } = await everything()
  const items = await itemsOf(file.bytes)
  const logs = items.flatMap((item) => (item.type === 'log' ? [item] : []))
  expect(logs.map(({ track }) => track.log)).toEqual(studio.written.map(({ log }) => log))
  for (const { log, entries } of studio.written) {
    expect(entriesOf(items, topicOf(log.row))).toEqual(entries.map(({ timestampNs, bytes }) => ({ timestampNs, bytes: plain(bytes) })))
  }
  expect(items.filter(({ type }) => type !== 'log' && type !== 'entry')).toEqual([])
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

test('a chunk with a flipped bit is left out, and told; what is no MCAP is refused', async () => {
  const studio = await Studio.open()
  await fillEverything(studio)
  const file = new MemoryFile()
  const writer = new RecordingWriter(file)
  const recorder = await writer.addLog(studio.written[0]!.log)
  const picture = encodePayload('camera', { frame: new Uint8Array(1_000_000) }) // each fills a chunk
  for (const timestampNs of [1n, 2n, 3n]) await recorder.write({ timestampNs, bytes: picture })
  await writer.end()
  const damaged = Uint8Array.from(file.bytes)
  const at = Buffer.from(damaged).indexOf('"nsec":2')
  damaged[at + 7] = damaged[at + 7]! ^ 1
  const items = await itemsOf(damaged)
  expect(items.flatMap((item) => (item.type === 'entry' ? [item.timestampNs] : []))).toEqual([1n, 3n])
  expect(items.filter(({ type }) => type === 'damage')).toEqual([
    { type: 'damage', offset: expect.any(Number), reason: expect.stringContaining('CRC') }
  ])
  await expect(itemsOf(Buffer.from('these are no recordings at all'))).rejects.toThrow(/magic/i)
})

test('a chunk is written a second after its first message, so that of a recorder that is killed no more is lost', async () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const studio = await Studio.open()
  await fillEverything(studio)
  const file = new MemoryFile()
  const recorder = await new RecordingWriter(file).addLog(studio.written[0]!.log)
  const entry = studio.written[0]!.entries[0]!
  const read = async (): Promise<number> => (await itemsOf(file.bytes)).filter(({ type }) => type === 'entry').length
  await recorder.write(entry)
  await vi.advanceTimersByTimeAsync(900)
  await recorder.write(entry)
  expect([await read(), recorder.entries]).toEqual([0, 0])
  await vi.advanceTimersByTimeAsync(100)
  expect([await read(), recorder.entries]).toEqual([2, 2])
  await recorder.write(entry)
  await vi.advanceTimersByTimeAsync(1_000)
  expect([await read(), recorder.entries]).toEqual([3, 3])
})

test('a log of another session, or of another recording of its producer, is a log of its own; the same one again is not', async () => {
  const file = new MemoryFile()
  const writer = new RecordingWriter(file)
  const studios = [await Studio.open(), await Studio.open()]
  for (const studio of studios)
    await studio.writeRaw(await studio.camera('camera', 'jpeg'), '', [{ timestampNs: 7n, bytes: new Uint8Array(0) }])
  const [first, second] = studios.map(({ written }) => written[0]!.log) as [RecordedLog, RecordedLog]
  const grown = { ...first, row: { ...first.row, available: { bytes: 1n, entries: 1n, durationNs: 1n } } }
  const added = [
    await writer.addLog(first, { recording: 'a' }),
    await writer.addLog(second, { recording: 'a' }),
    await writer.addLog(first, { recording: 'b' }),
    await writer.addLog(grown, { recording: 'a' })
  ]
  for (const [at, recorder] of added.entries()) await recorder.write({ timestampNs: BigInt(10 - at), bytes: new Uint8Array(0) })
  await writer.end()
  const items = await itemsOf(file.bytes)
  const [topic] = items.flatMap((item) => (item.type === 'log' ? [item.track.topic] : []))
  const entries = items.flatMap((item) => (item.type === 'entry' ? [[item.track.topic, item.timestampNs]] : []))
  expect(entries).toEqual([
    [topic, 10n],
    [`${topic}~2`, 9n],
    [`${topic}~3`, 8n],
    [topic, 7n]
  ])
})

test('a file of before, with channels in its chunks and the own time inside its messages, plays as it did', async () => {
  const { studio, file } = await everything()
  const reader = await McapIndexedReader.Initialize({ readable: file })
  const old = new MemoryFile()
  const writer = new McapWriter({ writable: old, chunkSize: 200 })
  await writer.start({ profile: '', library: 'auki' })
  for (const schema of reader.schemasById.values()) await writer.registerSchema(schema)
  for (const channel of [...reader.channelsById.values()].toSorted((a, b) => a.id - b.id)) await writer.registerChannel(channel)
  for await (const { type: _, ...message } of reader.readMessages()) {
    const text = Buffer.from(message.data)
      .toString()
      .replace(/"sec":\d+/, '"sec":77')
    await writer.addMessage({ ...message, data: Buffer.from(text) })
  }
  await writer.end()
  const items = await itemsOf(old.bytes)
  for (const { log, entries } of studio.written) {
    expect(entriesOf(items, topicOf(log.row))).toEqual(entries.map(({ timestampNs, bytes }) => ({ timestampNs, bytes: plain(bytes) })))
  }
})

test('a gap is written down', async () => {
  const studio = await Studio.open()
  await fillEverything(studio)
  const file = new MemoryFile()
  const writer = new RecordingWriter(file)
  const recorder = await writer.addLog(studio.written[0]!.log)
  await recorder.writeGap({ fromNs: 1n, toNs: 2n, lost: 3n, reason: 'too slow' })
  await writer.end()
  const reader = await McapIndexedReader.Initialize({ readable: file })
  const [gap] = await all(reader.readMetadata({ name: 'auki.gap' }))
  const { topic } = recorder
  const facts = {
    topic,
    channel_id: '0',
    clock_id: studio.session.monotonicClock.id,
    from_ns: '1',
    to_ns: '2',
    lost: '3',
    reason: 'too slow'
  }
  expect(Object.fromEntries(gap!.metadata)).toEqual(facts)
})

test('a disk that is full leaves what was written before, as a file with an index', async () => {
  const studio = await Studio.open()
  await fillEverything(studio)
  const file = new MemoryFile()
  const writer = new RecordingWriter(file)
  const recorder = await writer.addLog(studio.written[0]!.log)
  const picture = encodePayload('camera', { frame: new Uint8Array(1_000_000) })
  await recorder.write({ timestampNs: 1n, bytes: picture })
  const write = file.write.bind(file)
  file.write = (bytes) => (bytes.length > 1_000_000 ? Promise.reject(new Error('ENOSPC')) : write(bytes))
  await expect(recorder.write({ timestampNs: 2n, bytes: picture })).rejects.toThrow('ENOSPC')
  expect(await writer.failed).toMatchObject({ message: 'ENOSPC' })
  await expect(writer.end()).rejects.toThrow('ENOSPC')
  expect(recorder.entries).toBe(1)
  const items = await itemsOf(file.bytes)
  expect(items.flatMap((item): unknown[] => (item.type === 'entry' ? [item.timestampNs] : item.type === 'log' ? [] : [item.type]))).toEqual(
    [1n]
  )
  expect((await McapIndexedReader.Initialize({ readable: file })).statistics?.messageCount).toBe(1n)
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
