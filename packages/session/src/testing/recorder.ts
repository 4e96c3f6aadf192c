/** What tests of logs need: a peer with a log to append to, over a storage they choose, with timers that run when they say so. */
import { memoryStorage, type RegistryRef, rosBody, type Storage } from '@auki/registry'
import type { Entry } from '../log-entry.ts'
import type { LogSpec } from '../log-specs.ts'
import { Peer } from '../peer.ts'
import type { Session } from '../session.ts'
import type { SensorLogHandle } from '../session-logs.ts'
import type { Timer } from '../timer.ts'

/** Timers that wait for {@link run}. */
export class ManualTimer implements Timer {
  readonly #due = new Map<() => void, number>()

  after(delayMs: number, run: () => void): () => void {
    this.#due.set(run, delayMs)
    return () => this.#due.delete(run)
  }

  /** Delays of what waits. */
  get delaysMs(): number[] {
    return [...this.#due.values()]
  }

  run(): void {
    for (const run of [...this.#due.keys()]) {
      this.#due.delete(run)
      run()
    }
  }
}

export interface Recorder {
  readonly storage: Storage
  readonly timer: ManualTimer
  readonly peer: Peer
  readonly session: Session
  readonly log: SensorLogHandle<'rf'>
}

export const logPath = 'logs/p/wifi'

/** A log of raw bytes on the UTC clock, in a session of its own; 10 ns to a segment unless told otherwise. */
export async function record(storage: Storage = memoryStorage(), spec: Partial<LogSpec> & { clock?: RegistryRef } = {}): Promise<Recorder> {
  const timer = new ManualTimer()
  const clockSource = { resolutionNs: 1n, monotonicNs: () => 5n, utcNs: () => 1_000_000n }
  const peer = new Peer({ peerId: 'p', appId: 'test', storage, clockSource, timer, random: nextRandom })
  const frame = await peer.registerFrame('base', rosBody)
  const sensor = await peer.registerSensor('wifi', { kind: 'rf', type: 'wifi', frame })
  const session = await peer.startSession()
  const log = await session.registerSensorLog({ sensor, clock: session.utcClock, head: { kind: 'fixed' }, segmentDurationNs: 10n, ...spec })
  return { storage, timer, peer, session, log }
}

let randoms = 0
const nextRandom = (): number => (randoms++ % 997) / 997

/** A payload that says which it is. */
export const payload = (n: number, bytes = 4): Uint8Array => new Uint8Array(bytes).fill(n)

/** `[timestamp, first byte, length]` of every entry. */
export async function seen(entries: AsyncIterable<Entry<unknown>>): Promise<[bigint, number | undefined, number][]> {
  const list: [bigint, number | undefined, number][] = []
  for await (const { timestampNs, bytes } of entries) list.push([timestampNs, bytes[0], bytes.length])
  return list
}
