/** The connections that a relay carries: their bytes, their rate, and their end when the relay may not carry them any more. */
import type { Clock } from '@auki/canonical'
import type { Substream } from '../../exchange/substream.ts'
import type { CircuitTerms, RelayRules } from './relay-rules.ts'

/** One of the two ends. */
export interface CircuitEnd {
  readonly peerId: string
  readonly substream: Substream
  /** What it has sent behind its last message. */
  readonly rest: Uint8Array
}

interface Circuit {
  readonly ends: readonly [CircuitEnd, CircuitEnd]
  terms: CircuitTerms
  bytes: number
  cancel: () => void
  end(reason: Error): void
}

export class Circuits {
  readonly #clock: Clock
  readonly #open = new Set<Circuit>()
  readonly #budgets = new Map<string, Budget>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get size(): number {
    return this.#open.size
  }

  /** Limited ones that the peer has asked for. */
  limitedOf(peerId: string): number {
    return this.#open
      .values()
      .reduce((count, { ends, terms }) => count + (terms.limit !== undefined && ends[0].peerId === peerId ? 1 : 0), 0)
  }

  /** Carries everything from each end to the other, until one of them ends or it is not allowed any more. */
  carry(ends: readonly [CircuitEnd, CircuitEnd], terms: CircuitTerms, rules: RelayRules): void {
    const circuit: Circuit = {
      ends,
      terms,
      bytes: 0,
      cancel: () => {},
      end: (reason) => {
        if (!this.#open.delete(circuit)) return
        circuit.cancel()
        for (const { substream } of ends) substream.reset(reason)
        this.#forgetBudgets()
      }
    }
    this.#open.add(circuit)
    this.#limit(circuit)
    for (const { substream } of ends) substream.onClosed(() => ends.every((end) => end.substream.closed) && circuit.end(new Error('over')))
    this.#pump(circuit, ends[0], ends[1], rules)
    this.#pump(circuit, ends[1], ends[0], rules)
  }

  /** Members have changed: lifts limits, and ends what is not to be carried any more. */
  review(rules: RelayRules): void {
    for (const circuit of this.#open) {
      const [source, destination] = circuit.ends
      const terms = rules.between(source.peerId, destination.peerId)
      // Who was a member once and is none now is cut off, even from the Manager: it comes back as a guest.
      if (terms === undefined || (terms.limit !== undefined && circuit.terms.limit === undefined))
        circuit.end(new Error('the relay carries this no longer: one of the two is no member'))
      else if (terms.limit === undefined && circuit.terms.limit !== undefined) {
        circuit.terms = terms
        this.#limit(circuit)
      }
    }
  }

  /** Cuts all. */
  clear(reason: string): void {
    for (const circuit of this.#open) circuit.end(new Error(reason))
  }

  #limit(circuit: Circuit): void {
    circuit.cancel()
    const { limit } = circuit.terms
    if (limit === undefined) return
    circuit.cancel = this.#clock.after(limit.durationMs, () => circuit.end(new Error(`the relay carries this for ${limit.durationMs} ms`)))
  }

  #pump(circuit: Circuit, from: CircuitEnd, to: CircuitEnd, rules: RelayRules): void {
    const fail = (error: unknown) => circuit.end(error instanceof Error ? error : new Error(String(error)))
    const pass = (bytes: Uint8Array): void => {
      const { limit } = circuit.terms
      circuit.bytes += bytes.length
      if (limit !== undefined && circuit.bytes > limit.bytes)
        return circuit.end(new Error(`the relay carries ${limit.bytes} bytes of this`))
      try {
        to.substream.send([bytes])
      } catch (error) {
        return fail(error)
      }
      const waitMs = this.#budgetOf(from.peerId, rules).spend(bytes.length, this.#clock.monoMs())
      if (waitMs === 0 && to.substream.flushed) return
      from.substream.pause()
      const rested = waitMs === 0 ? undefined : new Promise<void>((resolve) => this.#clock.after(waitMs, resolve))
      Promise.all([rested, to.substream.drained()]).then(() => from.substream.resume(), fail)
    }
    if (from.rest.length > 0) pass(from.rest)
    from.substream.listen({
      chunk: pass,
      end: (error) => (error === undefined ? void to.substream.close().catch(fail) : fail(error))
    })
  }

  #budgetOf(peerId: string, { bytesPerSecond }: RelayRules): Budget {
    const budget = this.#budgets.get(peerId) ?? new Budget(bytesPerSecond, this.#clock.monoMs())
    this.#budgets.set(peerId, budget)
    return budget
  }

  #forgetBudgets(): void {
    const carried = new Set([...this.#open].flatMap(({ ends }) => ends.map(({ peerId }) => peerId)))
    for (const peerId of this.#budgets.keys()) if (!carried.has(peerId)) this.#budgets.delete(peerId)
  }
}

/** A fifth of a second's worth may come at once. */
const burstS = 0.2

/** A peer's rate, over all its connections. */
class Budget {
  readonly #perSecond: number
  #left: number
  #at: number

  constructor(perSecond: number, nowMs: number) {
    this.#perSecond = perSecond
    this.#left = perSecond * burstS
    this.#at = nowMs
  }

  /** For how long to wait after these bytes, ms. */
  spend(bytes: number, nowMs: number): number {
    this.#left = Math.min(this.#perSecond * burstS, this.#left + ((nowMs - this.#at) / 1_000) * this.#perSecond) - bytes
    this.#at = nowMs
    return this.#left >= 0 ? 0 : (-this.#left / this.#perSecond) * 1_000
  }
}
