/** A session with a log of every kind, its rows and entries as a recorder gets them, and files in memory. */
import { encodePayload, type PayloadInput, type PayloadKind } from '@auki/datatypes'
import { type RegistryStore, rosBody, rosOptical, type SensorBody, type SensorRegistryEntry } from '@auki/registry'
import { catalogOf, type LogHandle, Peer, type ResourceEntry, type Session } from '@auki/session'
import type { IReadable, IWritable } from '@mcap/core'
import { type RecordedLog, type RecordedRegistryEntry, refsOfRow } from '../../packages/cli/src/mcap/recorded-log.ts'
import { RecordingWriter } from '../../packages/cli/src/mcap/recording-writer.ts'

/** A file in memory. */
export class MemoryFile implements IWritable, IReadable {
  #bytes = Buffer.alloc(0)

  static of(bytes: Uint8Array): MemoryFile {
    const file = new MemoryFile()
    file.#bytes = Buffer.from(bytes)
    return file
  }

  get bytes(): Uint8Array {
    return this.#bytes
  }

  position(): bigint {
    return BigInt(this.#bytes.length)
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.#bytes = Buffer.concat([this.#bytes, bytes])
  }

  async size(): Promise<bigint> {
    return this.position()
  }

  async read(offset: bigint, length: bigint): Promise<Uint8Array> {
    return new Uint8Array(this.#bytes.subarray(Number(offset), Number(offset + length)))
  }
}

export interface Taken {
  readonly timestampNs: bigint
  readonly bytes: Uint8Array
}

/** A log with what was appended to it. */
export interface Written {
  readonly log: RecordedLog
  readonly schema: string
  readonly entries: readonly Taken[]
}

export class Studio {
  readonly peer: Peer
  readonly session: Session
  readonly written: Written[] = []

  private constructor(peer: Peer, session: Session) {
    this.peer = peer
    this.session = session
  }

  static async open(peerId = 'robot-peer'): Promise<Studio> {
    const peer = new Peer({ peerId, appId: 'studio' })
    return new Studio(peer, await peer.startSession())
  }

  async camera(id: string, pixelFormat: string, size = 2): Promise<LogHandle<never>> {
    const frame = await this.peer.registerFrame('optical', rosOptical)
    const body = { kind: 'camera', type: 'rgb', width: size, height: size, frameRateHz: 30, pixelFormat } as const
    return this.sensor(id, { ...body, colorSpace: 'srgb', intrinsicsModel: 'pinhole', distortionModel: 'plumb_bob', frame })
  }

  async sensor(id: string, body: SensorBody): Promise<LogHandle<never>> {
    const sensor = await this.peer.registerSensor(id, body)
    // What is filmed here happens at any time.
    return (await this.session.registerSensorLog({ sensor, head: { kind: 'fixed' }, maxAheadNs: 'any' })) as LogHandle<never>
  }

  /** Appends payloads a second apart. */
  async write<K extends PayloadKind>(
    handle: LogHandle<never>,
    schema: string,
    kind: K,
    payloads: readonly PayloadInput<K>[]
  ): Promise<void> {
    const entries = payloads.map((payload, at) => ({ timestampNs: BigInt(at) * 1_000_000_007n, bytes: encodePayload(kind, payload) }))
    await this.writeRaw(handle, schema, entries)
  }

  async writeRaw(handle: LogHandle<never>, schema: string, entries: readonly Taken[]): Promise<void> {
    for (const { timestampNs, bytes } of entries) await handle.append({ timestampNs, payload: bytes })
    const row = catalogOf(this.peer, this.session).find(({ resourceId }) => resourceId === handle.resourceId)!
    this.written.push({ log: { row, registry: await registryOf(row, this.peer.registryStore) }, schema, entries })
  }

  /** All that was written, as a file. */
  async film(): Promise<MemoryFile> {
    const file = new MemoryFile()
    const writer = new RecordingWriter(file)
    const recorders = await Promise.all(this.written.map(({ log }) => writer.addLog(log)))
    await Promise.all(this.written.flatMap(({ entries }, at) => entries.map((entry) => recorders[at]!.write(entry))))
    await writer.end()
    return file
  }
}

async function registryOf(row: ResourceEntry, store: RegistryStore): Promise<RecordedRegistryEntry[]> {
  const known: RecordedRegistryEntry[] = []
  const refs = refsOfRow(row)
  for (const { kind, ref } of refs) {
    const entry = (await store.get(kind, ref))!
    known.push({ kind, ref, entry } as RecordedRegistryEntry)
    if (kind === 'sensor') refs.push({ kind: 'frame', ref: (entry as SensorRegistryEntry).frame })
  }
  return known
}

/** A log of every kind, each with entries that are hard to keep: the schema of each is what Foxglove is to see. */
export async function fillEverything(studio: Studio): Promise<void> {
  const { peer, session } = studio
  const head = { kind: 'fixed' } as const
  const frame = await peer.registerFrame('link', rosBody)
  const base = await peer.registerFrame('base', rosBody)
  const jpeg = { frame: Uint8Array.of(0xff, 0xd8, 0xff, 0xd9) }
  const dynamicIntrinsics = { fx: 500.5, fy: 501, cx: -0, cy: 240.25, distortionCoefficients: [0.1, -0.2, 1e-300] }
  const compressed = [jpeg, { ...jpeg, dynamicIntrinsics }, jpeg, {}]
  await studio.write(await studio.camera('camera', 'jpeg'), 'foxglove.CompressedImage', 'camera', compressed)
  await studio.write(await studio.camera('video', 'h264'), 'foxglove.CompressedVideo', 'camera', [jpeg])
  await studio.write(await studio.camera('raw', 'rgb8'), 'foxglove.RawImage', 'camera', [{ frame: new Uint8Array(12).fill(7) }])
  await studio.write(await studio.camera('odd', 'bayer_rggb12p'), 'auki.Bytes', 'camera', [jpeg])
  const points = { kind: 'rangefinder', type: '3d_lidar', pointStep: 16, isBigendian: false, frameRateHz: 10, frame } as const
  const fields = [
    { name: 'xyz', offset: 0, datatype: 'float32', count: 3 },
    { name: 'ring', offset: 12, datatype: 'uint16', count: 1 }
  ] as const
  const clouds = [{ data: new Uint8Array(32).fill(1) }, { data: new Uint8Array(0) }]
  await studio.write(await studio.sensor('lidar', { ...points, fields }), 'foxglove.PointCloud', 'point_cloud', clouds)
  await studio.write(await studio.sensor('big', { ...points, fields, isBigendian: true }), 'auki.Bytes', 'point_cloud', clouds)
  const audio = { kind: 'audio', type: 'pcm', sampleRateHz: 48_000, channels: 1, channelLayout: 'mono', frame } as const
  const sound = [{ data: Uint8Array.of(1, 2) }]
  await studio.write(await studio.sensor('microphone', { ...audio, sampleFormat: 'pcm_s16le' }), 'foxglove.RawAudio', 'audio', sound)
  await studio.write(await studio.sensor('studio', { ...audio, sampleFormat: 'pcm_f64le' }), 'auki.Bytes', 'audio', sound)
  const arm = await studio.sensor('arm', { kind: 'joint_encoders', type: 'absolute', jointCount: 3, frameRateHz: 100, frame })
  await studio.write(arm, 'foxglove.JointStates', 'joint_encoders', [{ anglesRad: [0.1, -0, 3] }, { anglesRad: [] }])
  const rf = await studio.sensor('wifi', { kind: 'rf', type: 'wifi', frame })
  await studio.write(rf, 'auki.Bytes', 'bytes', [Uint8Array.of(0, 255), new Uint8Array(0)])

  const poses = { fromFrame: base, toFrame: frame, source: { kind: 'manual' }, writerMode: 'movable', expectedRateHz: 50, head } as const
  const pose = { translation: { x: 1.5, y: -0, z: 5e-324 }, orientation: { x: 0, y: 0, z: 0, w: 1 } }
  await studio.write((await session.registerPoseLog(poses)) as never, 'foxglove.FrameTransform', 'pose', [pose])
  const clocks = { fromClock: session.monotonicClock, toClock: session.utcClock, source: { kind: 'local_clock_read' }, head } as const
  const offsets = [
    { offsetNs: -(2n ** 63n), uncertaintyNs: 0 },
    { offsetNs: 2n ** 63n - 1n, uncertaintyNs: 2 ** 32 - 1 }
  ]
  await studio.write((await session.registerTimeTransformLog(clocks)) as never, 'auki.TimeTransform', 'time_transform', offsets)
  const detector = await peer.registerDetector('qr', { type: 'qr' }, ['qr'])
  const inputSensor = { peerId: peer.peerId, id: 'camera', hash: peer.registries.list('sensor')[0]!.hash }
  const inputLog = { sourcePeerId: peer.peerId, resourceId: 'camera' }
  const detections = [{ data: Uint8Array.of(9), sensorHash: 'ä"\n', type: 'qr' }, {}]
  const log = await session.registerDetectionLog({ detector, inputLog, inputSensor, head })
  await studio.write(log as never, 'auki.Detection', 'detection', detections)
}
