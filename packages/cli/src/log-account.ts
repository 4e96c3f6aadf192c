/** What became of the logs that `auki record` was to record. */
import type { ResourceEntry } from '@auki/domain'
import { logLabel, logOfPeer } from './log-labels.ts'
import type { LogTimes } from './log-times.ts'
import { clockOf, topicOf } from './mcap/recorded-log.ts'
import type { LogRecorder, RecordedGap } from './mcap/recording-writer.ts'
import type { JsonRecord } from './output.ts'
import { gapsTold, noLogAfterMs } from './settings.ts'
import type { Cell, Column } from './table.ts'
import { countText, sizeText } from './units.ts'

/** `waiting`: it can't be read now and may be later. `over`: there is nothing more to come. */
export type LogState = 'opening' | 'recording' | 'waiting' | 'over'

/** One log of one session of its peer. */
export class LogAccount {
  readonly row: ResourceEntry
  readonly topic: string
  /** Label of the peer whose log it is. */
  readonly peerLabel: string
  state: LogState = 'waiting'
  /** Undefined until it was opened for the first time. */
  recorder: LogRecorder | undefined
  /** Undefined for a log off the common timeline. */
  times: LogTimes | undefined
  bytes = 0
  /** Entries that no recording can hold: their time is before 0. */
  leftOut = 0
  readonly gaps: RecordedGap[] = []
  /** Why it has ended, or could not be opened. */
  reason: string | undefined
  /** The timestamp of the entry that came last, and how many came with it. */
  last: { readonly timestampNs: bigint; readonly count: number } | undefined
  /** When it was last read; ms. */
  readAtMs = 0
  /** Since when its peer is there and can't be read; ms. */
  #lackingSinceMs: number | undefined

  constructor(row: ResourceEntry, peerLabel: string) {
    this.row = row
    this.peerLabel = peerLabel
    this.topic = topicOf(row)
  }

  take(timestampNs: bigint, bytes: number): void {
    const count = this.last?.timestampNs === timestampNs ? this.last.count + 1 : 1
    this.last = { timestampNs, count }
    this.bytes += bytes
  }

  /** Called from time to time while it is `waiting`. */
  look(isPeerThere: boolean, nowMs: number): void {
    this.#lackingSinceMs = isPeerThere ? (this.#lackingSinceMs ?? nowMs) : undefined
    if (this.#lackingSinceMs !== undefined && nowMs - this.#lackingSinceMs >= noLogAfterMs) this.state = 'over'
  }

  open(): void {
    this.state = 'recording'
    this.reason = undefined
    this.#lackingSinceMs = undefined
  }

  /** For people. */
  get label(): string {
    return logOfPeer(this.row, this.peerLabel)
  }

  /** Wanted, there, and never read. */
  get isMissing(): boolean {
    return this.recorder === undefined && this.reason !== undefined
  }
}

/** The clock's hash is part of the key: the same log of another session is another one. */
export const keyOf = (row: ResourceEntry): string => `${clockOf(row).hash}/${topicOf(row)}`

/** For machines. */
export function factsOf(account: LogAccount): JsonRecord {
  const { row, topic, recorder, bytes, gaps, leftOut, state, reason } = account
  const { sourcePeerId: peerId, resourceId } = row
  const told = gaps.slice(0, gapsTold)
  const trouble = { ...(leftOut > 0 && { leftOut }), ...(reason !== undefined && { reason }) }
  return { peerId, resourceId, topic, entries: recorder?.entries ?? 0, bytes, gapCount: gaps.length, gaps: told, state, ...trouble }
}

/** For people. */
export const accountColumns: readonly Column[] = [
  { title: 'PEER' },
  { title: 'LOG' },
  { title: 'ENTRIES', align: 'right', whole: true },
  { title: 'SIZE', align: 'right', whole: true },
  { title: 'GAPS', align: 'right', whole: true },
  { title: 'NOTE' },
  { title: 'TOPIC', wide: true }
]

export function accountCells(account: LogAccount): Cell[] {
  const { row, topic, peerLabel, recorder, bytes, gaps, isMissing } = account
  const note = noteOf(account)
  const counted: Cell = gaps.length === 0 ? '0' : { text: countText(gaps.length), style: 'yellow' }
  const told: Cell = isMissing ? { text: note, style: 'red' } : note
  return [peerLabel, logLabel(row), countText(recorder?.entries ?? 0), sizeText(bytes), counted, told, topic]
}

function noteOf({ isMissing, reason, gaps, leftOut, recorder }: LogAccount): string {
  if (isMissing) return `never recorded: ${reason}`
  const lost = gaps.map(({ lost: count }) => count)
  const counted = lost.reduce<bigint>((sum, count) => sum + (count ?? 0n), 0n)
  return [
    ...(recorder === undefined ? ['stopped before it was open'] : []),
    ...(counted > 0n ? [`${counted} entries are missing`] : []),
    ...(lost.includes(undefined) ? ['entries may be missing'] : []),
    ...(leftOut > 0 ? [`${leftOut} entries from before 0 are left out`] : []),
    ...(reason === undefined ? [] : [`ended: ${reason}`])
  ].join('; ')
}
