/** What tests of logs need: a peer with a log to append to, over a storage they choose, with timers that ring when they say so. */
import { ManualClock } from '@auki/canonical/testing'
import { memoryStorage, type RegistryRef, rosBody, type Storage } from '@auki/registry'
import { onTestFinished } from 'vitest'
import type { Entry } from '../log/log-entry.ts'
import type { LogSpec } from '../log/log-specs.ts'
import { Peer } from '../peer.ts'
import type { Session } from '../session.ts'
import type { SensorLogHandle } from '../session-logs.ts'

export interface Recorder {
  readonly storage: Storage
  readonly timer: ManualClock
  readonly peer: Peer
  readonly session: Session
  readonly log: SensorLogHandle<'rf'>
}

export const logPath = 'logs/p/wifi'

/** A log of raw bytes on the UTC clock, in a session of its own; 10 ns to a segment unless told otherwise. */
export async function record(storage: Storage = memoryStorage(), spec: Partial<LogSpec> & { clock?: RegistryRef } = {}): Promise<Recorder> {
  const timer = new ManualClock()
  const clockSource = { resolutionNs: 1n, monotonicNs: () => 5n, utcNs: () => 1_000_000n }
  const peer = new Peer({ peerId: 'p', appId: 'test', storage, clockSource, timer, random: nextRandom })
  const frame = await peer.registerFrame('base', rosBody)
  const sensor = await peer.registerSensor('wifi', { kind: 'rf', type: 'wifi', frame })
  const session = await peer.startSession()
  onTestFinished(() => session.end())
  const log = await session.registerSensorLog({ sensor, clock: session.utcClock, head: { kind: 'fixed' }, segmentDurationNs: 10n, ...spec })
  return { storage, timer, peer, session, log }
}

let randoms = 0
const nextRandom = (): number => (randoms++ % 997) / 997

/** Append entries of 4 bytes with these timestamps, which their payloads repeat; nobody waits for room. */
export function put(log: SensorLogHandle<'rf'>, ...timestampsNs: readonly bigint[]): void {
  for (const timestampNs of timestampsNs) void log.append({ timestampNs, payload: payload(Number(timestampNs % 256n)) })
}

/** A payload that says which it is. */
export const payload = (n: number, bytes = 4): Uint8Array => new Uint8Array(bytes).fill(n)

/** The timestamps of entries that hold what {@link put} appends; at most `max` of them. */
export async function seen(entries: AsyncIterable<Entry<unknown>>, max = Number.POSITIVE_INFINITY): Promise<bigint[]> {
  const list: bigint[] = []
  if (max === 0) return list
  for await (const { timestampNs, bytes } of entries) {
    if (bytes.length !== 4 || BigInt(bytes[3]!) !== timestampNs % 256n) throw new Error(`the entry at ${timestampNs} holds ${bytes}`)
    if (list.push(timestampNs) === max) break
  }
  return list
}

/** The starts of the segment files there are. */
export async function segmentsIn(storage: Storage): Promise<bigint[]> {
  const paths = (await storage.list(`${logPath}/segments`)).filter((path) => path.endsWith('.seg'))
  return paths.map((path) => BigInt(/(\d+)\.seg$/.exec(path)![1]!))
}

/** The path of the segment that begins at an instant. */
export function segmentAt(startNs: bigint): string {
  return `${logPath}/segments/${String(startNs).padStart(20, '0')}.seg`
}
