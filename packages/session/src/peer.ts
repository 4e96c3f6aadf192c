import { type AbortOptions, systemClock, type Timer } from '@auki/canonical'
import type { PeerIdentity } from '@auki/identity'
import {
  type ClockBody,
  checkRegistryId,
  type DetectorBody,
  type FrameBody,
  memoryStorage,
  type RegistryEntries,
  type RegistryRef,
  RegistryStore,
  type SensorBody,
  type SensorKind,
  type SensorRef,
  type SensorRegistryEntry,
  type Storage
} from '@auki/registry'
import { type ClockSource, SessionClock, systemClockSource } from '@auki/time'
import { ulid } from 'ulid'
import { asSessionError } from './errors.ts'
import { type PeerRegistries, type PeerRegistryKind, RegisteredEntries } from './peer-registries.ts'
import { Session } from './session.ts'

/** Who a peer is: an identity, with which it can also join clusters, or just an id to record under. */
export type PeerInit = PeerOptions &
  (
    | {
        /** Its peer id is the peer's; `Domain.join` needs nothing else to prove who we are. */
        readonly identity: PeerIdentity
        readonly peerId?: undefined
        /** Default: `app`. */
        readonly appId?: string
      }
    | {
        /** base58 text of the peer id; not checked. */
        readonly peerId: string
        readonly appId: string
        readonly identity?: undefined
      }
  )

export interface PeerOptions {
  /** Where entries and logs are kept; default: in memory. */
  readonly storage?: Storage
  /** Where the sessions' clocks read the time; default: the machine's clocks. */
  readonly clockSource?: ClockSource
  /** Decides when what was appended to a log is written; default: the platform's timers. */
  readonly timer?: Timer
  /** Numbers of 0 to 1 for session ids; default: the platform's cryptographic random numbers. */
  readonly random?: () => number
}

/**
 * A robot, phone, browser tab or server: what it has (sensors, frames, detectors) and, session by session, what it records.
 *
 * The register calls throw SessionError `invalid-id`, `registry`, and StorageError `invalid-path` for an id that can't be part of a path.
 */
export class Peer {
  /** base58 text of the peer id. */
  readonly peerId: string
  /** The application's name: manifests carry it, and participant info unless `daemonInfo.app` says otherwise. Without one no log can be recorded. */
  readonly appId: string
  /** What the peer was made with; `undefined` when that was only an id. */
  readonly identity: PeerIdentity | undefined
  /** Where entries and logs are kept. */
  readonly storage: Storage
  /** The registry in {@link storage}, which also holds entries of other peers. */
  readonly registryStore: RegistryStore
  readonly #registries = new RegisteredEntries()
  readonly #clockSource: ClockSource | undefined
  readonly #timer: Timer
  readonly #random: (() => number) | undefined

  constructor(init: PeerInit) {
    this.identity = init.identity
    this.peerId = init.identity === undefined ? init.peerId : init.identity.peerId
    this.appId = init.appId ?? 'app'
    this.storage = init.storage ?? memoryStorage()
    this.registryStore = new RegistryStore(this.storage)
    this.#clockSource = init.clockSource
    this.#timer = init.timer ?? systemClock
    this.#random = init.random
  }

  /** What this object has registered; a later entry under the same id takes the place of the earlier one. */
  get registries(): PeerRegistries {
    return this.#registries
  }

  /** Register a sensor; its frame must be registered first. The reference remembers the sensor's kind. */
  async registerSensor<K extends SensorKind>(id: string, body: SensorBody<K>, options?: AbortOptions): Promise<SensorRef<K>> {
    const entry = { ...body, peerId: this.peerId, sensorId: id } as unknown as SensorRegistryEntry
    return this.#register('sensor', id, entry, options)
  }

  /** Register a coordinate frame: a preset (`rosBody`, `rosOptical`, `opengl`, `unity`) or one's own. */
  registerFrame(id: string, frame: FrameBody, options?: AbortOptions): Promise<RegistryRef> {
    return this.#register('frame', id, { ...frame, peerId: this.peerId, frameId: id }, options)
  }

  /** Register a detector and the detection types it emits. */
  registerDetector(id: string, body: DetectorBody, outputTypes: readonly string[], options?: AbortOptions): Promise<RegistryRef> {
    return this.#register('detector', id, { ...body, peerId: this.peerId, detectorId: id, outputTypes }, options)
  }

  /** Write the entries of a new session's two clocks and start it. Several may live at a time; one is the intent. @throws SessionError. */
  startSession(options: AbortOptions = {}): Promise<Session> {
    return asSessionError(async () => {
      const { peerId, appId, storage, registryStore } = this
      const source = this.#clockSource ?? systemClockSource()
      const sessionId = newUlid(source.utcNs(), this.#random)
      const putClock = async (name: string, body: ClockBody): Promise<RegistryRef> => {
        const clockId = `${peerId}/${sessionId}/${name}`
        checkRegistryId(clockId)
        return (await registryStore.put('clock', { ...body, peerId, sessionId, clockId }, options)).ref
      }
      const monotonicClock = await putClock('monotonic', monotonic)
      const utcClock = await putClock('utc', utc)
      const clock = new SessionClock({ id: monotonicClock.id, hash: monotonicClock.hash, source })
      const [registries, timer] = [this.#registries, this.#timer]
      const newId = (): string => newUlid(source.utcNs(), this.#random)
      return new Session({ peerId, appId, sessionId, storage, registryStore, registries, clock, timer, newId, monotonicClock, utcClock })
    })
  }

  #register<K extends PeerRegistryKind>(kind: K, id: string, entry: RegistryEntries[K], options?: AbortOptions): Promise<RegistryRef> {
    return asSessionError(async () => {
      checkRegistryId(id)
      const { ref } = await this.registryStore.put(kind, entry, options)
      this.#registries.remember(kind, ref, entry)
      return ref
    })
  }
}

const monotonic: ClockBody = { type: 'monotonic_clock', unit: 'ns', monotonic: true, epoch: null, scope: 'device-local' }
const utc: ClockBody = { type: 'utc_clock', unit: 'ns', monotonic: false, epoch: '1970-01-01T00:00:00Z', scope: 'device-local' }

function newUlid(utcNs: bigint, random?: () => number): string {
  const nowMs = Number(utcNs / 1_000_000n)
  return ulid(Math.max(1, nowMs), random) // 0 would make it read the machine's clock
}
