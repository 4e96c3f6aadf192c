/** For tests: time that passes when a test says so. */
import type { Clock } from '../clock.ts'

interface Alarm {
  readonly atMs: number
  readonly run: () => void
  readonly holdsProcess: boolean
}

/** A {@link Clock} that stands still until it is advanced. It starts at monotonic 1,000 ms on 2023-11-14, unless told otherwise. */
export class ManualClock implements Clock {
  #monoMs: number
  #wallNs: bigint
  readonly #alarms = new Set<Alarm>()

  constructor({ monoMs = 1_000, wallNs = 1_700_000_000_000_000_000n }: { readonly monoMs?: number; readonly wallNs?: bigint } = {}) {
    this.#monoMs = monoMs
    this.#wallNs = wallNs
  }

  monoMs(): number {
    return this.#monoMs
  }

  wallNs(): bigint {
    return this.#wallNs
  }

  after(delayMs: number, run: () => void, { holdProcess = false }: { readonly holdProcess?: boolean } = {}): () => void {
    const alarm = { atMs: this.#monoMs + delayMs, run, holdsProcess: holdProcess }
    this.#alarms.add(alarm)
    return () => this.#alarms.delete(alarm)
  }

  /** What is set, earliest first: how long until it rings (ms), and whether it keeps a process alive until then. */
  get pending(): { readonly inMs: number; readonly holdsProcess: boolean }[] {
    const alarms = [...this.#alarms].sort((a, b) => a.atMs - b.atMs)
    return alarms.map(({ atMs, holdsProcess }) => ({ inMs: atMs - this.#monoMs, holdsProcess }))
  }

  /** Lets time pass and calls what becomes due on the way, in order, at its time. */
  advance(ms: number): void {
    const endMs = this.#monoMs + ms
    for (let next = this.#due(endMs); next !== undefined; next = this.#due(endMs)) this.#ring(next)
    this.#pass(endMs - this.#monoMs)
  }

  /** The same, and after each call `settle` is awaited, in which what the call started gets its turn. */
  async advanceAsync(ms: number, settle: () => Promise<void>): Promise<void> {
    const endMs = this.#monoMs + ms
    await settle()
    for (let next = this.#due(endMs); next !== undefined; next = this.#due(endMs)) {
      this.#ring(next)
      await settle()
    }
    this.#pass(endMs - this.#monoMs)
  }

  /** Time passes while nothing runs; what became due meanwhile is called late. */
  stall(ms: number): void {
    this.#pass(ms)
    this.advance(0)
  }

  /** Somebody sets the wall clock, forward or (less than 0) back. */
  jumpWall(ms: number): void {
    this.#wallNs += nsOf(ms)
  }

  #ring(alarm: Alarm): void {
    this.#alarms.delete(alarm)
    this.#pass(Math.max(alarm.atMs - this.#monoMs, 0))
    alarm.run()
  }

  #due(endMs: number): Alarm | undefined {
    return [...this.#alarms].filter(({ atMs }) => atMs <= endMs).sort((a, b) => a.atMs - b.atMs)[0]
  }

  #pass(ms: number): void {
    this.#monoMs += ms
    this.#wallNs += nsOf(ms)
  }
}

const nsOf = (ms: number): bigint => BigInt(Math.round(ms * 1e6))
