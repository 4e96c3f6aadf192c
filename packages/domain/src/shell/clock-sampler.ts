/**
 * Measuring the clocks of members.
 *
 * Heartbeats bring samples by themselves, but the first a second after joining, only between a Manager and the others, and slow ones: what runs twice a
 * second runs cold. So a peer whose clock is wanted, as the Manager's always is, is asked many times in a row now and then (`/auki/clock/0.0.1`), of which
 * the fastest count. One that does not speak that is asked who it is (`/auki/info/0.0.1`), which says what its clock reads, too.
 */
import { type PeerRuntime, RequestError } from '@auki/network'
import { type ClockSample, ntpSample, type SessionClock } from '@auki/time'
import type { Log } from '../log.ts'
import type { ShellClock } from './clock.ts'
import type { ClusterFacts, NtpSample } from './cluster-clocks.ts'
import { reasonOf } from './reason.ts'

/** Questions in a row: the path gets faster for some dozens of them. */
export const rounds = 64
/** Before them a few, so that something is known soon. */
export const firstRounds = 8
/** Asked over info one after the other, each as soon as the last was answered: enough for an estimate of the clock's rate to begin with. */
export const burstSamples = 4
/** From one look at a wanted clock to the next. */
export const askAgainMs = 2_000
/** In a small cluster the first looks all measure. */
const eagerLooks = 4
/** So many measure at each look, by turns: a Manager has better things to do. */
const membersAtOnce = 2
const fewMembers = eagerLooks * membersAtOnce

export interface ClockSamplerInit {
  readonly sessionClock: SessionClock
  readonly localPeerId: string
  readonly clock: Pick<ShellClock, 'after'>
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
  /** Whether it answers many questions in a row, as far as is known. */
  speaksClock: boolean
  /** Nobody is asked twice at a time. */
  isAsked: boolean
  cancel: () => void
}

export class ClockSampler {
  readonly #init: ClockSamplerInit
  readonly #watches = new Map<string, Watch>()
  #manager: { readonly peerId: string; readonly watch: Disposable } | undefined

  /** Others have others, most likely: nobody needs to hand them out. */
  readonly #turn: number

  constructor(init: ClockSamplerInit) {
    this.#init = init
    this.#turn = new TextEncoder().encode(init.localPeerId).reduce((sum, byte) => (sum * 31 + byte) % 65_521, 0)
  }

  /** To be told again and again whom we follow, whose clock is wanted until it is another one or nobody. */
  follow(managerPeerId: string | undefined): void {
    if (managerPeerId === this.#manager?.peerId) return
    this.#manager?.watch[Symbol.dispose]()
    const isOther = managerPeerId !== undefined && managerPeerId !== this.#init.localPeerId
    this.#manager = isOther ? { peerId: managerPeerId, watch: this.watch(managerPeerId) } : undefined
  }

  /** The samples taken so far count no longer. */
  startAfresh(): void {
    for (const [peerId, watch] of this.#watches) this.#begin(peerId, watch)
  }

  /** Samples of a peer's clock until disposed of, by whoever wants them: a few at once, then now and then. */
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

  /** Heartbeats go between a Manager and its members. */
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

  /** @param infos - how often it is asked who it is, should it answer nothing else. */
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

  /** Returns whether it answers such questions. */
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

  // What the peer read is between our readings before the question is written and after the answer was read.
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
