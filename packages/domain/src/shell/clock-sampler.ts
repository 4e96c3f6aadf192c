/**
 * Reading the clocks of members by asking them (`/auki/info/0.0.1`).
 *
 * Heartbeats bring samples by themselves, but the first a second after joining, and only between a Manager and the others. So a Manager that is new to
 * us is asked a few times at once, and so is whose stream we read; that one is then asked again and again while it is read.
 */
import type { PeerRuntime } from '@auki/network'
import { ntpSample, type SessionClock } from '@auki/time'
import type { Log } from '../log.ts'
import type { ShellClock } from './clock.ts'
import type { ClusterFacts, NtpSample } from './cluster-clocks.ts'
import { reasonOf } from './reason.ts'

/** Asked one after the other, each as soon as the last was answered: enough for an estimate of the clock's rate to begin with. */
export const burstSamples = 4
/** From one question to the next while a peer's clock is wanted. */
export const askAgainMs = 2_000

export interface ClockSamplerInit {
  readonly sessionClock: SessionClock
  readonly localPeerId: string
  readonly clock: Pick<ShellClock, 'after'>
  readonly requestInfo: PeerRuntime['requestInfo']
  readonly facts: () => Pick<ClusterFacts, 'managerPeerId'>
  readonly observed: (sample: NtpSample) => void
  /** Aborts when the presence is over. */
  readonly stopped: AbortSignal
  readonly log: Log
}

interface Watch {
  wantedBy: number
  cancel: () => void
}

export class ClockSampler {
  readonly #init: ClockSamplerInit
  /** Peers that are being asked a few times at once: nobody is so twice at a time. */
  readonly #bursts = new Set<string>()
  readonly #watches = new Map<string, Watch>()
  #manager: string | undefined

  constructor(init: ClockSamplerInit) {
    this.#init = init
  }

  /** To be told again and again whom we follow: asked when it is another one than before. */
  follow(managerPeerId: string | undefined): void {
    if (managerPeerId === this.#manager) return
    this.#manager = managerPeerId
    if (managerPeerId !== undefined && managerPeerId !== this.#init.localPeerId) void this.burst(managerPeerId)
  }

  /** The samples taken so far count no longer. */
  startAfresh(): void {
    this.#manager = undefined
  }

  /** A few samples at once; the first failure ends it. */
  async burst(peerId: string): Promise<void> {
    if (this.#bursts.has(peerId)) return
    this.#bursts.add(peerId)
    try {
      for (let no = 0; no < burstSamples; no++) await this.#sample(peerId)
    } catch (error) {
      this.#init.log('debug', `the clock of ${peerId} could not be read: ${reasonOf(error)}`, { peerId })
    } finally {
      this.#bursts.delete(peerId)
    }
  }

  /** Samples of a peer's clock until disposed of, by whoever wants them: a few at once, then one every 2 s while no heartbeats bring them. */
  watch(peerId: string): Disposable {
    const watch = this.#watches.get(peerId) ?? this.#begin(peerId)
    watch.wantedBy += 1
    let wanted = true
    return {
      [Symbol.dispose]: () => {
        if (!wanted) return
        wanted = false
        watch.wantedBy -= 1
        if (watch.wantedBy > 0) return
        watch.cancel()
        this.#watches.delete(peerId)
      }
    }
  }

  #begin(peerId: string): Watch {
    const watch: Watch = { wantedBy: 0, cancel: () => {} }
    this.#watches.set(peerId, watch)
    const askAgain = (): void => {
      watch.cancel = this.#init.clock.after(askAgainMs, () => {
        if (this.#init.stopped.aborted) return
        askAgain()
        if (!this.#hasCarrier(peerId)) void this.#sample(peerId).catch(() => {}) // asked again in any case
      })
    }
    askAgain()
    if (!this.#hasCarrier(peerId)) void this.burst(peerId)
    return watch
  }

  #hasCarrier(peerId: string): boolean {
    const { managerPeerId } = this.#init.facts()
    return managerPeerId === peerId || managerPeerId === this.#init.localPeerId
  }

  // What the peer read is between our readings before the question is written and after the answer was read.
  async #sample(peerId: string): Promise<void> {
    const { sessionClock, requestInfo, stopped } = this.#init
    let sentAtNs = sessionClock.nowNs()
    const onWrite = (): void => {
      sentAtNs = sessionClock.nowNs()
    }
    const answer = await requestInfo(peerId, { signal: stopped, onWrite })
    const receivedAtNs = sessionClock.nowNs()
    const { sessionNowNs, sessionClockId: remoteClockId, sessionClockHash: remoteClockHash } = answer
    const sample = ntpSample(sentAtNs, sessionNowNs, sessionNowNs, receivedAtNs, sessionClock.resolutionNs)
    const { id: localClockId, hash: localClockHash } = sessionClock
    this.#init.observed({ peerId, localClockId, localClockHash, remoteClockId, remoteClockHash, sample })
  }
}
