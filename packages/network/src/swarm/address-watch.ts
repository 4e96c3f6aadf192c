/**
 * Our addresses, as long as we run: a robot changes networks, a cable is plugged in, a place at a relay is lost.
 *
 * There is no event for it on any platform, so once a second it is looked whether the interfaces, the listeners or the places at relays have changed. A change
 * is passed on when nothing has moved for two seconds: an interface that comes up gets its addresses one after the other.
 *
 *   the way to Discovery is gone      the last addresses stay: nobody can be told of others, and most cuts end in the same network
 *   nothing is left to tell           they stay as well: who reads an empty list can do nothing with it
 *   the list is the same              nothing happens
 */
import { type Clock, reasonOf, systemClock } from '@auki/canonical'
import { type AdvertiseOptions, needsOf, someAddress } from './addresses.ts'
import { type AddressSource, type Advertised, advertise, hostSource, warnOfUntold } from './advertised.ts'
import { ipScope } from './ip-scope.ts'
import { addressWatch } from './node-limits.ts'
import { nodeOf, type Swarm } from './swarm.ts'

export interface AddressWatchInit extends AdvertiseOptions {
  /** Told as it is in place of what the node listens on. Default: nothing is. */
  readonly override?: readonly string[]
  /** Others are to be told these from now on; never called twice in a row with the same, nor with none. */
  readonly changed: (multiaddrs: readonly string[]) => void
  readonly timers?: Clock
  /** Default: this machine and the swarm. */
  readonly source?: AddressSource
}

/** Watches until disposed of. */
export interface AddressWatch extends Disposable {
  /** What others are told now, the best first. */
  readonly multiaddrs: readonly string[]
}

/** Resolves once the first addresses are known. @throws `signal.reason` */
export async function watchAddresses(swarm: Swarm, init: AddressWatchInit): Promise<AddressWatch> {
  const { override = [], source = hostSource(nodeOf(swarm)), signal: _, ...options } = init
  if (override.length === 0) await someAddress(swarm, init)
  const first = await advertise(source, needsOf(override, init))
  warnOfUntold(first, init)
  return new Watch(source, { ...options, override }, first)
}

class Watch implements AddressWatch {
  readonly #source: AddressSource
  readonly #init: AddressWatchInit
  readonly #timers: Clock
  #last: Advertised
  #seen = ''
  /** Since when something is to be looked into, and since when nothing has moved; monotonic ms. */
  #unrest: { readonly since: number; quietSince: number } | undefined
  #asking = false
  #stopped = false
  #cancel = (): void => {}

  constructor(source: AddressSource, init: AddressWatchInit, first: Advertised) {
    this.#source = source
    this.#init = init
    this.#timers = init.timers ?? systemClock
    this.#last = first
    // What has changed while the first ones were found out is a change like any other.
    this.#look()
  }

  get multiaddrs(): readonly string[] {
    return this.#last.told
  }

  #look(): void {
    this.#cancel = this.#timers.after(addressWatch.lookMs, () => this.#look())
    const now = this.#timers.monoMs()
    const seen = this.#shape()
    if (seen !== this.#seen) this.#unrest = { since: this.#unrest?.since ?? now, quietSince: now }
    this.#seen = seen
    if (this.#unrest === undefined || this.#asking) return
    const isSettled = now - this.#unrest.quietSince >= addressWatch.settledMs || now - this.#unrest.since >= addressWatch.restlessMaxMs
    if (isSettled) void this.#ask()
  }

  /** What a change is judged by. Containers that come and go bring interfaces without an address of their own, which would be unrest for nothing. */
  #shape(): string {
    const interfaces = this.#source.interfaces().filter(({ ip }) => ipScope(ip) !== 'link-local')
    return JSON.stringify([this.#source.candidates(), interfaces])
  }

  async #ask(): Promise<void> {
    const unrest = this.#unrest
    this.#asking = true
    try {
      const { override = [], ...options } = this.#init
      const now = await advertise(this.#source, needsOf(override, options))
      // Where there is no way to Discovery at the moment, it is looked for again a second later.
      if (this.#stopped || (this.#last.hasRoute && !now.hasRoute)) return
      if (this.#unrest === unrest) this.#unrest = undefined
      this.#take(now)
    } catch (error) {
      this.#init.log?.('warn', `our addresses could not be looked up: ${reasonOf(error)}; trying again`, { error })
    } finally {
      this.#asking = false
    }
  }

  #take(now: Advertised): void {
    const { told } = this.#last
    const isSame = told.length === now.told.length && told.every((address, i) => address === now.told[i])
    if (now.told.length === 0) return
    this.#last = now
    if (isSame) return
    warnOfUntold(now, this.#init)
    this.#init.changed(now.told)
  }

  [Symbol.dispose](): void {
    this.#stopped = true
    this.#cancel()
  }
}
