/**
 * Measuring the clocks of members.
 *
 * Heartbeats bring samples too, but the first comes a second after joining, they go only between the Manager and each member, and their round trips are
 * long: code that runs twice a second finds cold caches. So a peer whose clock is watched, as the Manager's always is, is measured by bursts of requests
 * (`/auki/clock/0.0.1`), of which the fastest round trips count. A peer that does not support that protocol is asked for its participant info
 * (`/auki/info/0.0.1`), which has a reading of its clock.
 */
import { reasonOf, type Timer } from '@auki/canonical'
import { type PeerRuntime, RequestError } from '@auki/network'
import { type ClockSample, ntpSample, type SessionClock } from '@auki/time'
import type { Log } from '../log.ts'
import type { ClusterFacts, NtpSample } from './cluster-clocks.ts'

/** Requests of a burst: round trips keep getting faster for some dozens of them. */
export const rounds = 64
/** Requests of the first, short burst, so that there is an estimate soon. */
export const firstRounds = 8
/** Info requests to begin with, one after the other, where bursts are not supported: enough for a first estimate of the clock's rate. */
export const burstSamples = 4
/** How often it is decided, for each watched clock, whether to measure it now. */
export const askAgainMs = 2_000
/** In a small cluster so many of the first looks measure without waiting for their turn. */
const eagerLooks = 4
/** How many members measure at each look, in rotation, which bounds the load on the Manager. */
const membersAtOnce = 2
const fewMembers = eagerLooks * membersAtOnce

export interface ClockSamplerInit {
  readonly sessionClock: SessionClock
  readonly localPeerId: string
  readonly clock: Timer
  readonly requestClock: PeerRuntime['requestClock']
  readonly requestInfo: PeerRuntime['requestInfo']
  readonly facts: () => Pick<ClusterFacts, 'managerPeerId' | 'memberIds'>
  readonly observed: (sample: NtpSample) => void
  /** Aborts when the presence is over. */
  readonly stopped: AbortSignal
  readonly log: Log
}

interface Watch {
  wantedBy: number
  looks: number
  /** Whether it supports bursts; assumed until it says otherwise. */
  speaksClock: boolean
  /** A measurement is under way: no second one begins. */
  isAsked: boolean
  cancel: () => void
}

export class ClockSampler {
  readonly #init: ClockSamplerInit
  readonly #watches = new Map<string, Watch>()
  #manager: { readonly peerId: string; readonly watch: Disposable } | undefined

  /** Our place in the rotation, from a hash of our peer id: members spread over the places without having to agree on them. */
  readonly #turn: number

  constructor(init: ClockSamplerInit) {
    this.#init = init
    this.#turn = new TextEncoder().encode(init.localPeerId).reduce((sum, byte) => (sum * 31 + byte) % 65_521, 0)
  }

  /** Watches the clock of the Manager we follow in place of the former one's; `undefined` or ourselves: of nobody. Calling it again changes nothing. */
  follow(managerPeerId: string | undefined): void {
    if (managerPeerId === this.#manager?.peerId) return
    this.#manager?.watch[Symbol.dispose]()
    const isOther = managerPeerId !== undefined && managerPeerId !== this.#init.localPeerId
    this.#manager = isOther ? { peerId: managerPeerId, watch: this.watch(managerPeerId) } : undefined
  }

  /** Measures every watched clock as if it was new: the samples taken so far have become invalid. */
  startAfresh(): void {
    for (const [peerId, watch] of this.#watches) this.#begin(peerId, watch)
  }

  /** Measures a peer's clock until disposed of: at once, then at intervals. Watches of one peer share the measurements. */
  watch(peerId: string): Disposable {
    let watch = this.#watches.get(peerId)
    if (watch === undefined) {
      watch = { wantedBy: 0, looks: 0, speaksClock: true, isAsked: false, cancel: () => {} }
      this.#watches.set(peerId, watch)
      this.#begin(peerId, watch)
    }
    const wanted = watch
    wanted.wantedBy += 1
    let held = true
    return {
      [Symbol.dispose]: () => {
        if (!held) return
        held = false
        wanted.wantedBy -= 1
        if (wanted.wantedBy > 0) return
        wanted.cancel()
        this.#watches.delete(peerId)
      }
    }
  }

  #begin(peerId: string, watch: Watch): void {
    watch.cancel()
    watch.looks = 0
    const lookAgain = (): void => {
      watch.cancel = this.#init.clock.after(askAgainMs, () => {
        if (this.#init.stopped.aborted) return
        lookAgain()
        watch.looks += 1
        if (!watch.speaksClock || this.#isDue(watch.looks)) void this.#measure(peerId, watch, [rounds], this.#hasCarrier(peerId) ? 0 : 1)
      })
    }
    lookAgain()
    void this.#measure(peerId, watch, this.#areFew ? [firstRounds, rounds] : [firstRounds], this.#isManager ? 0 : burstSamples)
  }

  get #isManager(): boolean {
    return this.#init.facts().managerPeerId === this.#init.localPeerId
  }

  /** Whether heartbeats bring samples of this peer's clock: they go only between the Manager and each member. */
  #hasCarrier(peerId: string): boolean {
    return this.#isManager || this.#init.facts().managerPeerId === peerId
  }

  get #areFew(): boolean {
    return this.#init.facts().memberIds.length <= fewMembers
  }

  #isDue(look: number): boolean {
    if (this.#areFew && look <= eagerLooks) return true
    const turns = Math.max(1, Math.ceil(this.#init.facts().memberIds.length / membersAtOnce))
    return look % turns === this.#turn % turns
  }

  /** @param infos - how many info requests to make when the peer supports no bursts. */
  async #measure(peerId: string, watch: Watch, inARow: readonly number[], infos: number): Promise<void> {
    if (watch.isAsked) return
    watch.isAsked = true
    try {
      for (const rounds of inARow) if (watch.speaksClock) watch.speaksClock = await this.#askClock(peerId, rounds)
      if (!watch.speaksClock) for (let no = 0; no < infos; no++) await this.#askInfo(peerId)
    } catch (error) {
      this.#init.log('debug', `the clock of ${peerId} could not be read: ${reasonOf(error)}`, { peerId })
    } finally {
      watch.isAsked = false
    }
  }

  /** Returns whether the peer supports bursts. */
  async #askClock(peerId: string, rounds: number): Promise<boolean> {
    const { requestClock, stopped } = this.#init
    try {
      const { clockId, clockHash, samples } = await requestClock(peerId, { rounds, signal: stopped })
      for (const sample of samples) this.#observed(peerId, clockId, clockHash, sample)
      return true
    } catch (error) {
      if (error instanceof RequestError && error.details['reason'] === 'unsupported-protocol') return false
      throw error
    }
  }

  // The peer read its clock at some time between our own readings before the request was written and after the answer was read.
  async #askInfo(peerId: string): Promise<void> {
    const { sessionClock, requestInfo, stopped } = this.#init
    let sentAtNs = sessionClock.nowNs()
    const onWrite = (): void => {
      sentAtNs = sessionClock.nowNs()
    }
    const { sessionNowNs, sessionClockId, sessionClockHash } = await requestInfo(peerId, { signal: stopped, onWrite })
    const sample = ntpSample(sentAtNs, sessionNowNs, sessionNowNs, sessionClock.nowNs(), sessionClock.resolutionNs)
    this.#observed(peerId, sessionClockId, sessionClockHash, sample)
  }

  #observed(peerId: string, remoteClockId: string, remoteClockHash: string, sample: ClockSample): void {
    const { id: localClockId, hash: localClockHash } = this.#init.sessionClock
    this.#init.observed({ peerId, localClockId, localClockHash, remoteClockId, remoteClockHash, sample })
  }
}
