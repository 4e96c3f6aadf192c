/** What `auki watch` sees: who is there, how each is reached, what each has and how fast it comes, and domain time. */
import type { DomainPeer, ResourceEntry } from '@auki/domain'
import { type CleanText, clean } from './clean.ts'
import { domainClockText, readDomainClock } from './domain-clock.ts'
import { logKindText, logLabel } from './log-labels.ts'
import { ratesOf } from './log-rates.ts'
import { othersOf } from './members.ts'
import type { Output } from './output.ts'
import { labelIn, labelOf } from './peer-names.ts'
import type { Presence } from './presence.ts'
import { catalogRows } from './resources.ts'
import { lookAgainMs, watchFrameMs } from './settings.ts'
import type { StreamMeters, StreamReading } from './stream-meters.ts'
import type { Cell, Column } from './table.ts'
import { agoText, bytesPerSecondText, countText, hertzText, shortDurationText } from './units.ts'
import { roleOf, wayText } from './ways.ts'

const memberColumns: readonly Column[] = [
  { title: 'PEER' },
  { title: 'ROLE', whole: true },
  { title: 'ADDRESS' },
  { title: 'HEARD', align: 'right', whole: true },
  { title: 'PEER ID', wide: true }
]

const logColumns: readonly Column[] = [
  { title: 'PEER' },
  { title: 'LOG' },
  { title: 'KIND', wide: true },
  { title: 'RATE', align: 'right', whole: true },
  { title: 'SPEED', align: 'right', whole: true },
  { title: 'ENTRIES', align: 'right', whole: true }
]
/** Of logs that are read. */
const streamColumns: readonly Column[] = [
  { title: 'AGE', align: 'right', whole: true },
  { title: 'DROPPED', align: 'right', whole: true }
]

export class WatchView implements Disposable {
  readonly #presence: Pick<Presence, 'domain' | 'out'>
  readonly #meters: StreamMeters | undefined
  readonly #stack = new DisposableStack()
  readonly #gone = new AbortController()
  readonly #rows = new Map<string, readonly ResourceEntry[]>()
  readonly #asking = new Set<string>()

  /** @param meters - reads the logs; missing: their rates are those of what they keep. */
  constructor(presence: Pick<Presence, 'domain' | 'out'>, meters: StreamMeters | undefined) {
    this.#presence = presence
    this.#meters = meters
  }

  /** Shows it until it is disposed of: in a terminal drawn over itself; elsewhere only the streams, where they are read. */
  show(): void {
    const { out } = this.#presence
    const live = out.live('stdout')
    if (live !== undefined) this.#stack.use(live)
    const draw = live === undefined ? () => this.#tellStreams() : () => live.draw(this.#frame())
    if (live === undefined && this.#meters === undefined) return
    this.lookAtAll()
    draw()
    this.#stack.adopt(setInterval(draw, watchFrameMs), clearInterval)
    this.#stack.adopt(
      setInterval(() => this.lookAtAll(), lookAgainMs),
      clearInterval
    )
  }

  lookAtAll(): void {
    const others = othersOf(this.#presence.domain)
    for (const peerId of this.#rows.keys()) if (!others.some((peer) => peer.peerId === peerId)) this.#rows.delete(peerId)
    for (const { peerId } of others) if (!this.#asking.has(peerId)) void this.#lookAt(peerId)
  }

  async #lookAt(peerId: string): Promise<void> {
    this.#asking.add(peerId)
    try {
      const rows = await catalogRows(this.#presence.domain.clusterManager, peerId, this.#gone.signal)
      this.#rows.set(peerId, rows)
      for (const row of rows) this.#meters?.follow(row)
    } catch {
      // it stays as it was last; it is asked again
    } finally {
      this.#asking.delete(peerId)
    }
  }

  #frame(): CleanText[] {
    const { domain, out } = this.#presence
    const { clusterManager: manager, peers } = domain
    const others = peers.filter(({ isSelf }) => !isSelf)
    const onlookers = others.filter(({ observer }) => observer).length
    const label = (peerId: string): string => labelIn(peers, peerId)
    return [
      clean(
        `${manager.clusterName}: ${counted(others.length - onlookers, 'member')}${onlookers === 0 ? '' : `, ${counted(onlookers, 'observer')}`}`
      ),
      ...out.tableLines(
        memberColumns,
        others.map((peer) => this.#memberCells(peer, peers))
      ),
      clean(''),
      ...this.#logLines(out, label),
      clean(''),
      clean(domainClockText(readDomainClock(manager), label))
    ]
  }

  #memberCells(peer: DomainPeer, peers: readonly DomainPeer[]): Cell[] {
    const contact = this.#presence.domain.contactOf(peer)
    const role: Cell =
      peer.indirect === true ? { text: 'heard by others', style: 'yellow' } : { text: roleOf(peer), style: roleStyles[roleOf(peer)] }
    if (contact === undefined) return [labelOf(peer, peers), role, { text: 'not connected', style: 'yellow' }, '', peer.peerId]
    return [labelOf(peer, peers), role, wayText(contact), agoText(contact.silentMs), peer.peerId]
  }

  #logLines(out: Output, label: (peerId: string) => string): CleanText[] {
    const rows = [...this.#rows.values()].flat()
    if (rows.length === 0) return [clean('no logs yet')]
    const columns = this.#meters === undefined ? logColumns : [...logColumns, ...streamColumns]
    return out.tableLines(
      columns,
      rows.map((row) => [label(row.writerPeerId), logLabel(row), logKindText(row), ...this.#flowCells(row)])
    )
  }

  #flowCells(row: ResourceEntry): Cell[] {
    const reading = this.#meters?.read(row)
    const rates = reading ?? ratesOf(row)
    const entries =
      row.state === 'live'
        ? countText(row.available.entries)
        : ({ text: `${countText(row.available.entries)} ${row.state}`, style: 'dim' } as const)
    const flow = rates === undefined ? ['-', '-'] : [hertzText(rates.entriesPerSecond), bytesPerSecondText(rates.bytesPerSecond)]
    return [...flow, entries, ...(reading === undefined ? [] : streamCells(reading))]
  }

  #tellStreams(): void {
    const { out } = this.#presence
    for (const row of [...this.#rows.values()].flat()) {
      const reading = this.#meters?.read(row)
      if (reading === undefined) continue
      const { writerPeerId: peerId, resourceId } = row
      const [rate, speed] = [hertzText(reading.entriesPerSecond), bytesPerSecondText(reading.bytesPerSecond)]
      out.event(
        { event: 'stream', peerId, resourceId, ...reading },
        `${logLabel(row)}  ${rate}  ${speed}  ${countText(reading.dropped)} dropped`
      )
    }
  }

  [Symbol.dispose](): void {
    this.#gone.abort()
    this.#stack.dispose()
  }
}

const streamCells = ({ latencyNs, dropped }: StreamReading): Cell[] => [
  latencyNs === undefined ? '-' : shortDurationText(latencyNs),
  dropped === 0n ? '0' : { text: countText(dropped), style: 'yellow' }
]

const roleStyles = { Manager: 'green', observer: 'dim', member: undefined } as const

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`
