/** `auki record` in a cluster that is made up: what it does about logs that are cut, come back, come later, lack entries, or can't be had. */
import type { ClusterEvent, DomainPeer, ResourceEntry, StreamNotice } from '@auki/domain'
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { factsOf } from '../../packages/cli/src/log-account.ts'
import { clockOf } from '../../packages/cli/src/mcap/recorded-log.ts'
import { survey } from '../../packages/cli/src/mcap/recording-reader.ts'
import { RecordingWriter } from '../../packages/cli/src/mcap/recording-writer.ts'
import { Output } from '../../packages/cli/src/output.ts'
import type { Presence } from '../../packages/cli/src/presence.ts'
import { checkComplete, Recorder } from '../../packages/cli/src/recorder.ts'
import { type FakeHost, fakeHost } from '../../packages/cli/src/testing/fake-host.ts'
import { MemoryFile, Studio } from './support.ts'

beforeEach(() => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
})

const bytes = Uint8Array.of(1)

/** A stream of a log: hands out what it is given, until it ends. */
class Stream {
  readonly manifest: { clockHash: string; recording: string }
  readonly ended: Promise<{ kind: string; detail?: string }>
  readonly #end = Promise.withResolvers<{ kind: string; detail?: string }>()
  readonly #queue: bigint[] = []
  readonly #notices: StreamNotice[] = []
  #wake = (): void => {}
  #over = false

  constructor(row: ResourceEntry, signal: AbortSignal) {
    this.manifest = { clockHash: clockOf(row).hash, recording: 'one' }
    this.ended = this.#end.promise
    signal.addEventListener('abort', () => this.end('cancelled'))
  }

  give(...times: readonly number[]): this {
    this.#queue.push(...times.map(BigInt))
    this.#wake()
    return this
  }

  notice(notice: StreamNotice): this {
    this.#notices.push(notice)
    return this
  }

  end(kind: string, detail?: string): void {
    this.#end.resolve({ kind, ...(detail !== undefined && { detail }) })
    this.#over = true
    this.#wake()
  }

  toDomainTime(): { offsetNs: bigint } {
    return { offsetNs: 1_000n }
  }

  async *notices(): AsyncGenerator<StreamNotice> {
    yield* this.#notices
  }

  async *[Symbol.asyncIterator]() {
    while (!this.#over || this.#queue.length > 0) {
      const next = this.#queue.shift()
      if (next !== undefined) yield { timestampNs: next, payload: bytes, seq: 0n }
      else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
      }
    }
  }

  async cancel(): Promise<void> {}
  async [Symbol.asyncDispose](): Promise<void> {}
}

interface Opened {
  readonly resourceId: string
  readonly from: unknown
  readonly stream: Stream
}

/** A cluster with one robot. */
class Cluster {
  readonly opened: Opened[] = []
  readonly #studio: Studio
  rows: ResourceEntry[] = []
  isThere = true
  refuses = false
  #tell: (event: ClusterEvent) => void = () => {}

  private constructor(studio: Studio) {
    this.#studio = studio
  }

  static async with(...ids: readonly string[]): Promise<Cluster> {
    const cluster = new Cluster(await Studio.open('robot'))
    await cluster.add(...ids)
    return cluster
  }

  async add(...ids: readonly string[]): Promise<void> {
    for (const id of ids) await this.#studio.writeRaw(await this.#studio.camera(id, 'jpeg'), '', [])
    this.rows = this.#studio.written.map(({ log }) => log.row)
  }

  /** As after a restart: the same logs on another clock. */
  async restarted(): Promise<Cluster> {
    return Cluster.with(...this.rows.map(({ resourceId }) => resourceId))
  }

  event(type: 'member-joined' | 'member-rejoined'): void {
    this.#tell({ type, peerId: 'robot', newSession: true } as ClusterEvent)
  }

  become(other: Cluster): void {
    this.rows = other.rows
    this.#others = other.#studio
  }
  #others: Studio | undefined

  get peers(): DomainPeer[] {
    const me: DomainPeer = { peerId: 'me', isSelf: true, isManager: false, observer: true }
    return this.isThere ? [{ peerId: 'robot', isSelf: false, isManager: true, observer: false }, me] : [me]
  }

  get manager() {
    const get = (kind: 'sensor' | 'clock' | 'frame') => (_peerId: string, id: string, hash: string) =>
      (this.#others ?? this.#studio).peer.registryStore.get(kind, { peerId: 'robot', id, hash } as never)
    const self = this
    return {
      clusterName: 'lab',
      localPeerId: 'me',
      get membership() {
        return { peers: self.peers }
      },
      fetchResourcesCatalog: async () => ({ resources: this.rows }),
      fetchSensorEntry: get('sensor'),
      fetchClockEntry: get('clock'),
      fetchFrameEntry: get('frame'),
      openStream: async (
        _peerId: string,
        { resourceId, from }: { resourceId: string; from: unknown },
        _kind: string,
        { signal }: { signal: AbortSignal }
      ) => {
        if (this.refuses) throw new Error('not today')
        const row = this.rows.find((one) => one.resourceId === resourceId)!
        const stream = new Stream(row, signal)
        this.opened.push({ resourceId, from, stream })
        return stream
      },
      events: async function* ({ signal }: { signal: AbortSignal }): AsyncGenerator<ClusterEvent> {
        while (!signal.aborted) {
          yield await new Promise<ClusterEvent>((resolve, reject) => {
            self.#tell = resolve
            signal.addEventListener('abort', () => reject(signal.reason))
          })
        }
      }
    }
  }
}

interface Scene {
  readonly cluster: Cluster
  readonly recorder: Recorder
  readonly host: FakeHost
  readonly running: Promise<void>
  readonly pass: (ms?: number) => Promise<unknown>
  /** Stops it and resolves to what is in the file: times by topic. */
  readonly stop: () => Promise<Record<string, number[]>>
}

async function record(cluster: Cluster, resources?: readonly string[]): Promise<Scene> {
  const stop = new AbortController()
  const host = fakeHost()
  const out = new Output(host, { json: true })
  const closed = new Promise<undefined>(() => {})
  const domain = {
    clusterManager: cluster.manager,
    closed,
    get peers() {
      return cluster.peers
    }
  }
  const presence = { out, domain } as unknown as Presence
  const file = new MemoryFile()
  const writer = new RecordingWriter(file)
  const recorder = new Recorder({ presence, writer, resources, from: 'latest', stop: stop.signal })
  const running = recorder.run()
  running.catch(() => {})
  const pass = (ms = 5_000): Promise<unknown> => vi.advanceTimersByTimeAsync(ms) // one look
  await pass(10)
  const end = async (): Promise<Record<string, number[]>> => {
    stop.abort()
    await running
    await writer.end()
    const times: Record<string, number[]> = {}
    for await (const { track, timestampNs } of (await survey(file)).entries()) {
      times[track.topic] ??= []
      times[track.topic]!.push(Number(timestampNs))
    }
    return times
  }
  return { cluster, recorder, host, running, pass, stop: end }
}

const events = ({ host }: Scene, name: string): Record<string, unknown>[] =>
  host.printed.stdout
    .split('\n')
    .flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Record<string, unknown>]))
    .filter(({ event }) => event === name)

test('a log that was cut is opened again where it ended; what was there is not repeated, what is gone is a gap', async () => {
  const scene = await record(await Cluster.with('camera'))
  const { opened } = scene.cluster
  opened[0]!.stream.give(1, 2, 2)
  await scene.pass(10)
  opened[0]!.stream.end('connection_lost')
  await scene.pass()
  expect(opened[1]).toMatchObject({ resourceId: 'camera', from: { fromTimestamp: 2n } })
  opened[1]!.stream.give(2, 2, 2, 3)
  await scene.pass()
  opened[1]!.stream.end('producer_error', 'retention overtook the reader')
  await scene.pass()
  opened[2]!.stream.give(7)
  await scene.pass()
  expect(events(scene, 'resumed')).toHaveLength(2)
  expect(await scene.stop()).toEqual({ '/robot/camera': [1, 2, 2, 2, 3, 7] })
  const [account] = scene.recorder.accounts
  expect(account!.gaps).toEqual([{ fromNs: 3n, toNs: 7n, reason: 'the log was opened again too late' }])
  expect(() => checkComplete(scene.recorder, { strict: false })).not.toThrow()
  expect(() => checkComplete(scene.recorder, { strict: true })).toThrow('entries are missing of /robot/camera')
})

test('a robot that was started anew is recorded from the beginning of its new log, as soon as it is back', async () => {
  const scene = await record(await Cluster.with('camera'))
  const { cluster } = scene
  cluster.opened[0]!.stream.give(100)
  await scene.pass(10)
  cluster.isThere = false
  cluster.opened[0]!.stream.end('session_ended')
  await scene.pass(600_000) // gone for ten minutes, it is waited for
  cluster.become(await cluster.restarted())
  cluster.isThere = true
  cluster.event('member-joined')
  await scene.pass(6_000)
  expect(cluster.opened[1]).toMatchObject({ resourceId: 'camera', from: 'from_start' })
  cluster.opened[1]!.stream.give(1)
  await scene.pass()
  expect(await scene.stop()).toEqual({ '/robot/camera': [100], '/robot/camera~2': [1] })
})

test('a log that is registered later is seen, and recorded from its beginning', async () => {
  const scene = await record(await Cluster.with('camera'))
  await scene.cluster.add('late')
  await scene.pass(5_000)
  expect(scene.cluster.opened.map(({ resourceId, from }) => [resourceId, from])).toEqual([
    ['camera', 'latest'],
    ['late', 'from_start']
  ])
  await scene.pass()
  scene.cluster.opened[1]!.stream.give(5)
  await scene.pass(10)
  expect(await scene.stop()).toEqual({ '/robot/late': [5] })
})

test('gaps that the producer tells of are written down and counted', async () => {
  const cluster = await Cluster.with('camera')
  const stream = new Stream(cluster.rows[0]!, new AbortController().signal)
  const manager = cluster.manager
  const opened = { ...manager, openStream: async () => stream }
  Object.defineProperty(opened, 'membership', { get: () => manager.membership })
  Object.defineProperty(cluster, 'manager', { value: opened })
  stream.notice({ type: 'gap', lost: 3n, fromNs: 1n, toNs: 4n }).notice({ type: 'resumed', pauseMs: 5 }).give(5)
  const scene = await record(cluster)
  stream.end('source_ended')
  await scene.running // everything has ended: nothing to wait for
  expect(factsOf(scene.recorder.accounts[0]!)).toMatchObject({
    topic: '/robot/camera',
    gapCount: 1,
    gaps: [{ fromNs: 1n, toNs: 4n, lost: 3n }],
    state: 'over',
    reason: 'source_ended'
  })
})

test('a log that can’t be had is tried again each time, and is a failure only if it never could', async () => {
  const cluster = await Cluster.with('camera')
  cluster.refuses = true
  const scene = await record(cluster)
  expect(events(scene, 'log-ended')).toHaveLength(1)
  expect(() => checkComplete(scene.recorder, { strict: false })).toThrow('never recorded: /robot/camera')
  cluster.refuses = false
  await scene.pass()
  expect(cluster.opened).toHaveLength(1)
  await scene.pass()
  expect(() => checkComplete(scene.recorder, { strict: true })).not.toThrow()
  await scene.stop()
})

test('it ends when what can’t be had can’t be had for half a minute, and names what nobody had', async () => {
  const cluster = await Cluster.with('camera', 'lidar')
  const scene = await record(cluster, ['camera', 'sonar'])
  expect(cluster.opened.map(({ resourceId }) => resourceId)).toEqual(['camera'])
  cluster.refuses = true
  cluster.opened[0]!.stream.end('protocol', 'nonsense')
  await scene.pass(40_000)
  await scene.running
  expect(scene.recorder.absent).toEqual(['sonar'])
  expect(() => checkComplete(scene.recorder, { strict: false })).toThrow('never recorded: sonar')
})

test('an entry from before 0 is left out and counted, and ends nothing', async () => {
  const scene = await record(await Cluster.with('camera'))
  scene.cluster.opened[0]!.stream.give(-5, 6)
  await scene.pass(10)
  expect(await scene.stop()).toEqual({ '/robot/camera': [6] })
  expect(factsOf(scene.recorder.accounts[0]!)).toMatchObject({ leftOut: 1, entries: 1 })
})

test('nothing to record is an error at once', async () => {
  const scene = await record(await Cluster.with('camera'), ['sonar'])
  await expect(scene.running).rejects.toThrow('lab has no "sonar"; it has camera')
})
