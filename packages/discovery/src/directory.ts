/**
 * The directory: which clusters have a row, and what a command does to it. Pure: no clock, timer or I/O. Time comes in with every call, and what happened goes
 * out as events.
 *
 * A row is a lease. Whoever creates it holds it until it is swept, which is one life after its last stamp; a refresh stamps it, a rotate gives it to another
 * Manager, a delete ends it. How long its life is may be asked for by who creates or takes it, and is decided here. A command may name the revision that the caller believes in, and changes nothing where that is no longer the present one.
 */
import { assertNever } from '@auki/canonical'
import { DueHeap } from './due-heap.ts'
import {
  grantedLifeMsMax,
  integerOption,
  rowLifeMsMax,
  rowLifeMsMin,
  rowsMaxDefault,
  sweepAfterMsDefault,
  sweepAfterMsMax
} from './limits.ts'
import type { Claim, DirectoryRow, RowHolder } from './row.ts'

/** The moment of a call, on both clocks. */
export interface At {
  /** Monotonic ms, any origin: rows are swept by this one. A call with an earlier time than the one before counts as at that time. */
  readonly nowMs: number
  /** Unix ns: what `createdNs` and `lastLivenessCheckNs` are stamped with. It may step; nothing is decided by it. */
  readonly unixNs: bigint
}

/**
 * What a client may ask to have changed. `name` and the claim are taken as valid.
 *
 * `ifMatch` is the revision the client believes in; left out, the change is made whoever reigns.
 */
export type Command =
  | { readonly kind: 'create'; readonly name: string; readonly claim: Claim }
  | { readonly kind: 'refresh'; readonly name: string; readonly peerCount: number; readonly ifMatch?: number | undefined }
  | { readonly kind: 'rotate'; readonly name: string; readonly claim: Claim; readonly ifMatch?: number | undefined }
  | { readonly kind: 'delete'; readonly name: string; readonly ifMatch?: number | undefined }

/**
 * What became of a command. The first line is success, with the row as it is now (the last one for `deleted`). `exists` and `mismatch` carry the present row;
 * `missing`: there is none; `full`: the directory holds `rowsMax` rows and takes no more.
 */
export type Outcome =
  | { readonly kind: 'created' | 'refreshed' | 'rotated' | 'deleted'; readonly row: DirectoryRow }
  | { readonly kind: 'exists' | 'mismatch'; readonly row: DirectoryRow }
  | { readonly kind: 'missing' }
  | { readonly kind: 'full'; readonly rowsMax: number }

/** Something happened to a row; `row` is the row after it, or the last one when it is gone. */
export interface DirectoryEvent {
  readonly type: 'created' | 'refreshed' | 'rotated' | 'swept' | 'deleted'
  /** The directory's counter after the change. All but `refreshed` raised it. */
  readonly counter: number
  readonly row: DirectoryRow
  /** Unix ns of the change. */
  readonly unixNs: bigint
}

/** The rows and the rules about them, as plain synchronous data in and out; made by {@link createDirectory}. */
export interface Directory {
  /** Sweeps what is due, then decides one command. `events` holds all that happened, in order: the sweeps first, then the command's own if it succeeded. */
  apply(command: Command, at: At): { readonly outcome: Outcome; readonly events: readonly DirectoryEvent[] }
  /** Takes away every row that is due (`nowMs` ≥ stamp + its `sweepAfterMs`), earliest first. Call it before each `get` and `list` whose answer somebody sees. */
  sweep(at: At): readonly DirectoryEvent[]
  /** When the earliest row falls due, monotonic ms; `Infinity` without rows. Any command may move it, either way. */
  nextDueMs(): number
  /** The row of that name. It does not sweep: it has no time to do so by. */
  get(name: string): DirectoryRow | undefined
  /** All rows, newest `createdNs` first (the higher revision first where equal). It does not sweep. */
  list(): DirectoryRow[]
  /** The counter: raised by one at each create, rotate, delete and sweep. */
  readonly counter: number
}

/** How a directory is set up; every field but the counter's start has a default. */
export interface DirectoryOptions {
  /** The counter before the first change. A service starts at {@link counterStartAt} its unix time, so that revisions grow over restarts. */
  readonly counterStart: number
  /** Life of a row after a create, rotate or refresh where none was asked for, ms. Default 3 000. */
  readonly sweepAfterMs?: number
  /** The longest life that is granted to who asks for one, ms: 3 000 to 60 000. Default 15 000. */
  readonly rowLifeMaxMs?: number
  /** Rows held at most; a create beyond is `full`. Default 10 000. */
  readonly rowsMax?: number
}

/** The counter's start for a directory that starts now: unix milliseconds × 1000, which stays below 2^53 until the year 2255. */
export function counterStartAt(unixNs: bigint): number {
  return Number(unixNs / 1_000_000n) * 1000
}

/** An empty directory. @throws DiscoveryServiceError `bad-option`. */
export function createDirectory(options: DirectoryOptions): Directory {
  return new Rows(options)
}

class Rows implements Directory {
  readonly #sweepAfterMs: number
  readonly #rowLifeMaxMs: number
  readonly #rowsMax: number
  readonly #held = new Map<string, DirectoryRow>()
  readonly #due = new DueHeap()
  #counter: number
  #nowMs = Number.NEGATIVE_INFINITY

  constructor(options: DirectoryOptions) {
    this.#counter = integerOption('counterStart', options.counterStart, 0, Number.MAX_SAFE_INTEGER)
    this.#sweepAfterMs = integerOption('sweepAfterMs', options.sweepAfterMs ?? sweepAfterMsDefault, 1, sweepAfterMsMax)
    this.#rowLifeMaxMs = integerOption('rowLifeMaxMs', options.rowLifeMaxMs ?? grantedLifeMsMax, rowLifeMsMin, rowLifeMsMax)
    this.#rowsMax = integerOption('rowsMax', options.rowsMax ?? rowsMaxDefault, 1, 2 ** 24)
  }

  get counter(): number {
    return this.#counter
  }

  apply(command: Command, at: At): { outcome: Outcome; events: DirectoryEvent[] } {
    const events = this.sweep(at)
    const outcome = this.#decide(command, at.unixNs)
    switch (outcome.kind) {
      case 'created':
      case 'refreshed':
      case 'rotated':
      case 'deleted':
        events.push({ type: outcome.kind, counter: this.#counter, row: outcome.row, unixNs: at.unixNs })
        return { outcome, events }
      default:
        return { outcome, events }
    }
  }

  sweep(at: At): DirectoryEvent[] {
    this.#nowMs = Math.max(this.#nowMs, at.nowMs)
    const events: DirectoryEvent[] = []
    for (let first = this.#due.first(); first !== undefined && first.dueMs <= this.#nowMs; first = this.#due.first())
      events.push({ type: 'swept', row: this.#take(first.name), counter: ++this.#counter, unixNs: at.unixNs })
    return events
  }

  nextDueMs(): number {
    return this.#due.first()?.dueMs ?? Number.POSITIVE_INFINITY
  }

  get(name: string): DirectoryRow | undefined {
    return this.#held.get(name)
  }

  list(): DirectoryRow[] {
    return [...this.#held.values()].sort(newestFirst)
  }

  #decide(command: Command, unixNs: bigint): Outcome {
    const row = this.get(command.name)
    if (command.kind === 'create') return row === undefined ? this.#create(command.name, command.claim, unixNs) : { kind: 'exists', row }
    if (row === undefined) return { kind: 'missing' }
    if (command.ifMatch !== undefined && command.ifMatch !== row.revision) return { kind: 'mismatch', row }
    switch (command.kind) {
      case 'refresh':
        return this.#stamp('refreshed', { ...row, peerCount: command.peerCount, lastLivenessCheckNs: unixNs })
      case 'rotate':
        return this.#stamp('rotated', {
          ...row,
          ...holderOf(command.claim),
          sweepAfterMs: this.#lifeOf(command.claim, row.sweepAfterMs),
          revision: ++this.#counter,
          lastLivenessCheckNs: unixNs
        })
      case 'delete':
        this.#counter++
        return { kind: 'deleted', row: this.#take(row.name) }
      default:
        return assertNever(command)
    }
  }

  #create(name: string, claim: Claim, unixNs: bigint): Outcome {
    if (this.#held.size >= this.#rowsMax) return { kind: 'full', rowsMax: this.#rowsMax }
    return this.#stamp('created', {
      name,
      ...holderOf(claim),
      peerCount: 1,
      createdNs: unixNs,
      lastLivenessCheckNs: unixNs,
      revision: ++this.#counter,
      sweepAfterMs: this.#lifeOf(claim, this.#sweepAfterMs)
    })
  }

  #stamp(kind: 'created' | 'refreshed' | 'rotated', row: DirectoryRow): Outcome {
    this.#held.set(row.name, row)
    this.#due.set(row.name, this.#nowMs + row.sweepAfterMs)
    return { kind, row }
  }

  /** Out of the directory. */
  #take(name: string): DirectoryRow {
    const row = this.#held.get(name)!
    this.#held.delete(name)
    this.#due.delete(name)
    return row
  }

  /** The life that was asked for, as far as it is granted; `unasked` where none was. */
  #lifeOf({ rowLifeMs }: Claim, unasked: number): number {
    return rowLifeMs === undefined ? unasked : Math.min(rowLifeMs, this.#rowLifeMaxMs)
  }
}

/** A copy of the four fields and no others: what a caller's object holds besides, or becomes later, must not reach the row. */
function holderOf({ managerPeerId, managerMultiaddrs, relayMultiaddrs, instance }: Claim): RowHolder {
  return { managerPeerId, managerMultiaddrs: [...managerMultiaddrs], relayMultiaddrs: [...relayMultiaddrs], instance }
}

function newestFirst(a: DirectoryRow, b: DirectoryRow): number {
  if (a.createdNs !== b.createdNs) return a.createdNs < b.createdNs ? 1 : -1
  return b.revision - a.revision
}
