/** The default store: the directory in this process, and one timer on the row that falls due first. */
import { type Clock, systemClock } from '@auki/canonical'
import { type At, type Command, counterStartAt, createDirectory, type Directory, type DirectoryEvent, type Outcome } from '../directory.ts'
import { DiscoveryServiceError } from '../errors.ts'
import { grantedLifeMsMax, integerOption, rowLifeMsMin } from '../limits.ts'
import type { Claim, DirectoryRow } from '../row.ts'
import type { DiscoveryStore, Watch, WatchListener } from '../store.ts'

/** How a memory store is set up. */
export interface MemoryStoreOptions {
  /** Life of a row after its last stamp where none was asked for, ms. Default 3 000. */
  readonly sweepAfterMs?: number
  /** The longest life that is granted to who asks for one, ms: 3 000 to 15 000, as a restart forgets all rows. Default 15 000. */
  readonly rowLifeMaxMs?: number
  /** Rows held at most. Default 10 000. */
  readonly rowsMax?: number
  /** Default: the machine's. */
  readonly clock?: Clock
}

/** A store that keeps its rows in this process and forgets them with it. @throws DiscoveryServiceError `bad-option`. */
export function memoryStore(options: MemoryStoreOptions = {}): DiscoveryStore {
  return new MemoryStore(options)
}

class MemoryStore implements DiscoveryStore {
  readonly #clock: Clock
  readonly #directory: Directory
  /** By the name they follow; those of `undefined` follow all rows. */
  readonly #listeners = new Map<string | undefined, Set<WatchListener>>()
  #cancelAlarm: (() => void) | undefined
  #alarmAtMs = Number.POSITIVE_INFINITY
  #closed = false

  constructor({ clock = systemClock, ...options }: MemoryStoreOptions) {
    const { rowLifeMaxMs = grantedLifeMsMax } = options
    integerOption('rowLifeMaxMs', rowLifeMaxMs, rowLifeMsMin, grantedLifeMsMax)
    this.#clock = clock
    this.#directory = createDirectory({ ...options, counterStart: counterStartAt(clock.wallNs()) })
  }

  async create(name: string, claim: Claim): Promise<Outcome> {
    return this.#commit({ kind: 'create', name, claim })
  }

  async refresh(name: string, peerCount: number, ifMatch?: number): Promise<Outcome> {
    return this.#commit({ kind: 'refresh', name, peerCount, ifMatch })
  }

  async rotate(name: string, claim: Claim, ifMatch?: number): Promise<Outcome> {
    return this.#commit({ kind: 'rotate', name, claim, ifMatch })
  }

  async delete(name: string, ifMatch?: number): Promise<Outcome> {
    return this.#commit({ kind: 'delete', name, ifMatch })
  }

  async get(name: string): Promise<DirectoryRow | undefined> {
    this.#sweep()
    return this.#directory.get(name)
  }

  async list(): Promise<readonly DirectoryRow[]> {
    this.#sweep()
    return this.#directory.list()
  }

  async watch(name: string | undefined, listener: WatchListener): Promise<Watch> {
    this.#sweep()
    const row = name === undefined ? undefined : this.#directory.get(name)
    const rows = name === undefined ? this.#directory.list() : row === undefined ? [] : [row]
    // A listener of its own for each watch, so that one function may watch twice.
    const told: WatchListener = (event) => listener(event)
    const listeners = this.#listeners.get(name) ?? new Set()
    this.#listeners.set(name, listeners.add(told))
    told({ type: 'snapshot', counter: this.#directory.counter, rows })
    return {
      close: () => {
        if (listeners.delete(told) && listeners.size === 0) this.#listeners.delete(name)
      }
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#cancelAlarm?.()
    const listeners = [...this.#listeners.values()].flatMap((some) => [...some])
    this.#listeners.clear()
    for (const listener of listeners) listener({ type: 'ended' })
  }

  #commit(command: Command): Outcome {
    this.#mustBeOpen()
    const { outcome, events } = this.#directory.apply(command, this.#at())
    this.#tell(events)
    return outcome
  }

  #sweep(): void {
    this.#mustBeOpen()
    this.#tell(this.#directory.sweep(this.#at()))
  }

  #tell(events: readonly DirectoryEvent[]): void {
    for (const event of events)
      for (const name of [event.row.name, undefined]) for (const listener of this.#listeners.get(name) ?? []) listener(event)
    this.#arm()
  }

  /** A stamp mostly moves the earliest due time on: an alarm that is set is only set anew where it would be late. At worst it finds nothing to do. */
  #arm(): void {
    const dueMs = this.#directory.nextDueMs()
    if (dueMs >= this.#alarmAtMs || this.#closed) return
    this.#cancelAlarm?.()
    this.#alarmAtMs = dueMs
    this.#cancelAlarm = this.#clock.after(dueMs - this.#clock.monoMs(), () => {
      this.#alarmAtMs = Number.POSITIVE_INFINITY
      this.#tell(this.#directory.sweep(this.#at()))
    })
  }

  #at(): At {
    return { nowMs: this.#clock.monoMs(), unixNs: this.#clock.wallNs() }
  }

  #mustBeOpen(): void {
    if (this.#closed) throw new DiscoveryServiceError('closed', 'this store was closed; make a new one')
  }
}
