/**
 * Records the logs of a cluster's members, and goes on looking: at members that join or come back, at logs that are registered later, and again at those that
 * could not be read.
 */
import { reasonOf } from '@auki/canonical'
import { domainClockRef, type EndReason, type ReadFrom, type ResourceEntry, type StreamNotice, type StreamSubscription } from '@auki/domain'
import { CliError } from './errors.ts'
import { keyOf, LogAccount } from './log-account.ts'
import { LogTimes } from './log-times.ts'
import type { RecordedGap, RecordingWriter } from './mcap/recording-writer.ts'
import { othersOf } from './members.ts'
import { tellResumed } from './pauses.ts'
import { PeerLabels } from './peer-labels.ts'
import type { Presence } from './presence.ts'
import { registryOf } from './registry.ts'
import { catalogRows, endOf, noSuchResource, openBytes } from './resources.ts'
import { lookAgainMs } from './settings.ts'
import { tellNotice } from './stream-notices.ts'

/** After these nothing more comes: the log was sealed, or its peer left in good order. */
const finalEnds: ReadonlySet<unknown> = new Set<EndReason['kind']>(['source_ended', 'producer_shutting_down'])

export interface RecorderInit {
  readonly presence: Presence
  readonly writer: RecordingWriter
  /** Ids of the logs to record; missing: all. */
  readonly resources: readonly string[] | undefined
  readonly from: ReadFrom
  readonly stop: AbortSignal
}

export class Recorder {
  readonly #init: RecorderInit
  readonly #accounts = new Map<string, LogAccount>()
  /** Members that are being looked at, and those that were, with why nothing of them is known. */
  readonly #looking = new Set<string>()
  readonly #looked = new Map<string, string | undefined>()
  readonly #seen: ResourceEntry[] = []
  /** Everything that goes on; nothing of it rejects. */
  readonly #work = new Set<Promise<void>>()
  readonly #over = Promise.withResolvers<void>()
  /** Aborts when nothing is to be read any longer. */
  readonly #end = new AbortController()
  readonly #signal: AbortSignal
  readonly #labels: PeerLabels

  constructor(init: RecorderInit) {
    this.#init = init
    this.#signal = AbortSignal.any([init.stop, this.#end.signal])
    this.#labels = new PeerLabels(init.presence.domain)
  }

  get accounts(): readonly LogAccount[] {
    return [...this.#accounts.values()]
  }

  /** Ids that were asked for and that nobody had. */
  get absent(): readonly string[] {
    const has = (id: string): boolean => this.accounts.some(({ row }) => row.resourceId === id)
    return (this.#init.resources ?? []).filter((id) => !has(id))
  }

  labelOf(peerId: string): string {
    return this.#labels.of(peerId)
  }

  /** Members that did not say what they have, and why. */
  get unread(): readonly (readonly [peerId: string, reason: string])[] {
    return [...this.#looked].flatMap(([peerId, reason]) => (reason === undefined ? [] : [[peerId, reason] as const]))
  }

  /**
   * Resolves when it is stopped, or when every log has ended for good.
   *
   * @throws CliError when there was nothing to record, or the file can't be written; why the presence has ended.
   */
  async run(): Promise<void> {
    const { presence, writer, stop } = this.#init
    const { closed, clusterManager } = presence.domain
    const { resolve, reject, promise } = this.#over
    promise.catch(() => {})
    stop.addEventListener('abort', () => resolve(), { once: true })
    void writer.failed.then(reject)
    void closed.then((why) => why !== undefined && reject(why))
    const again = setInterval(() => void this.#lookAtAll().then(() => this.#settle()), lookAgainMs)
    try {
      void this.#lookAtWhoComes()
      await Promise.race([this.#lookAtAll(), promise])
      if (this.#accounts.size === 0 && !stop.aborted) {
        throw noSuchResource(this.#init.resources?.join('" or "') ?? 'log', clusterManager.clusterName, this.#seen)
      }
      this.#settle()
      await promise
    } finally {
      clearInterval(again)
      this.#end.abort()
      await Promise.all(this.#work)
    }
  }

  #begin(work: Promise<void>): void {
    this.#work.add(work)
    void work.then(() => this.#work.delete(work))
  }

  /** Ends it when there is nothing to wait for. */
  #settle(): void {
    const there = new Set(othersOf(this.#init.presence.domain).map(({ peerId }) => peerId))
    const nowMs = performance.now()
    for (const account of this.accounts) if (account.state === 'waiting') account.look(there.has(account.row.writerPeerId), nowMs)
    if (this.#accounts.size > 0 && this.accounts.every(({ state }) => state === 'over')) this.#over.resolve()
  }

  async #lookAtWhoComes(): Promise<void> {
    try {
      for await (const event of this.#init.presence.domain.clusterManager.events({ signal: this.#signal })) {
        if (event.type === 'member-joined' || event.type === 'member-rejoined') this.#begin(this.#lookAt(event.peerId))
      }
    } catch {
      // nobody watches any longer
    }
  }

  async #lookAtAll(): Promise<void> {
    const looks = othersOf(this.#init.presence.domain).map(({ peerId }) => this.#lookAt(peerId))
    for (const look of looks) this.#begin(look)
    await Promise.all(looks)
  }

  /** Opens what is not open of a member's logs, one after the other: it takes only so many requests at a time. */
  async #lookAt(peerId: string): Promise<void> {
    if (this.#looking.has(peerId) || this.#signal.aborted) return
    this.#looking.add(peerId)
    const { presence, resources } = this.#init
    try {
      const rows = await catalogRows(presence.domain.clusterManager, peerId, this.#signal)
      if (!this.#looked.has(peerId)) this.#seen.push(...rows)
      const wanted = rows.filter(({ resourceId }) => resources?.includes(resourceId) ?? true)
      for (const row of wanted) await this.#lookAtLog(row, this.#looked.has(peerId))
      this.#looked.set(peerId, undefined)
    } catch (error) {
      if (this.#signal.aborted) return
      const reason = reasonOf(error)
      if (this.#looked.get(peerId) !== reason)
        presence.out.warn(`${this.#labels.of(peerId)} does not say what it has: ${reason}; it is asked again`)
      this.#looked.set(peerId, reason)
    } finally {
      this.#looking.delete(peerId)
    }
  }

  /** @param peerIsKnown - the peer did not have the log when it was looked at before. */
  async #lookAtLog(row: ResourceEntry, peerIsKnown: boolean): Promise<void> {
    const known = this.#accounts.get(keyOf(row))
    if (known !== undefined) {
      if (known.state === 'waiting') await this.#open(known, row, 'from_start')
      return
    }
    const account = new LogAccount(row, this.#labels.of(row.sourcePeerId))
    const earlier = this.accounts.filter(({ topic }) => topic === account.topic)
    this.#accounts.set(keyOf(row), account)
    // What a peer has recorded since it was started anew, or in a log that it did not have before, has all come after what was recorded here.
    const isNew = peerIsKnown || earlier.length > 0
    await this.#open(account, row, isNew ? 'from_start' : this.#init.from)
    if (account.state !== 'recording') return
    const cut = earlier.filter(({ state }) => state === 'waiting')
    for (const one of cut) one.state = 'over'
    this.#tellPause(account, Math.max(...cut.map(({ readAtMs }) => readAtMs)))
  }

  /** Resolves once the log is being recorded, or it is known why not. */
  async #open(account: LogAccount, row: ResourceEntry, from: ReadFrom): Promise<void> {
    const { clusterManager } = this.#init.presence.domain
    account.state = 'opening'
    try {
      const { last } = account
      const registry = account.recorder === undefined ? await registryOf(clusterManager, row, this.#signal) : []
      const first = last === undefined ? from : { fromTimestamp: last.timestampNs }
      const subscription = await openBytes(clusterManager, row, { from: first, signal: this.#signal })
      account.open()
      if (account.recorder !== undefined) this.#tellPause(account, account.readAtMs)
      this.#begin(this.#record(account, { row: account.row, registry }, subscription))
    } catch (error) {
      this.#ended(account, error)
    }
  }

  /** Resolves when it has ended. */
  async #record(
    account: LogAccount,
    log: Parameters<RecordingWriter['addLog']>[0],
    subscription: StreamSubscription<'bytes'>
  ): Promise<void> {
    account.readAtMs = performance.now()
    try {
      await using reading = subscription
      await this.#prepare(account, log, reading)
      void this.#follow(account, reading)
      await this.#copy(account, reading)
      this.#ended(account, await endOf(account.row, reading))
    } catch (error) {
      this.#ended(account, error)
    }
  }

  async #prepare(account: LogAccount, log: Parameters<RecordingWriter['addLog']>[0], reading: StreamSubscription<'bytes'>): Promise<void> {
    const { presence, writer } = this.#init
    const { out, domain } = presence
    const times = await LogTimes.of(reading, this.#signal)
    if (account.recorder !== undefined) {
      if (times instanceof LogTimes && account.times !== undefined) account.times = times
      return
    }
    const inDomainTime = times instanceof LogTimes
    const domainClockId = inDomainTime ? domainClockRef(domain.clusterManager.clusterName).id : undefined
    account.recorder = await writer.addLog(log, { domainClockId, recording: reading.manifest.recording })
    account.times = inDomainTime ? times : undefined
    const { topic, row, label } = account
    const facts = { peerId: row.sourcePeerId, resourceId: row.resourceId, topic, inDomainTime }
    out.event({ event: 'recording', ...facts }, `recording ${label}`)
    if (!inDomainTime) out.warn(`${label} is off the common timeline: ${times.message}`)
  }

  async #copy(account: LogAccount, reading: StreamSubscription<'bytes'>): Promise<void> {
    const { last: before } = account
    let repeated = 0
    let isFirst = true
    for await (const { timestampNs, payload: bytes } of reading) {
      account.readAtMs = performance.now()
      // Opened again at the last timestamp, a log first repeats what came with it; where that is gone, what followed it may be, too.
      if (isFirst && before !== undefined && timestampNs > before.timestampNs) {
        await this.#gap(account, { fromNs: before.timestampNs, toNs: timestampNs, reason: 'the log was opened again too late' })
      }
      isFirst = false
      if (before !== undefined && timestampNs === before.timestampNs && repeated < before.count) repeated += 1
      else await this.#write(account, timestampNs, bytes)
    }
  }

  async #write(account: LogAccount, timestampNs: bigint, bytes: Uint8Array): Promise<void> {
    if (timestampNs < 0n) {
      account.leftOut += 1
      return
    }
    const { times, recorder } = account
    await recorder!.write({ timestampNs, bytes, ...(times && { domainTimeNs: times.at(timestampNs) }) })
    account.take(timestampNs, bytes.length)
  }

  /** Tells of gaps and resumptions, and writes the gaps down. */
  async #follow(account: LogAccount, reading: StreamSubscription<'bytes'>): Promise<void> {
    for await (const notice of reading.notices()) {
      tellNotice(account.row, notice, this.#init.presence.out, account.label)
      const gap = gapOf(notice, account)
      if (gap !== undefined) await this.#gap(account, gap)
    }
  }

  async #gap(account: LogAccount, gap: RecordedGap): Promise<void> {
    account.gaps.push(gap)
    await account.recorder!.writeGap(gap).catch(() => {}) // the writer says that it has failed
  }

  #tellPause({ row: { sourcePeerId: peerId, resourceId }, label }: LogAccount, sinceMs: number): void {
    if (!Number.isFinite(sinceMs)) return
    tellResumed(this.#init.presence.out, performance.now() - sinceMs, { peerId, resourceId }, label)
  }

  /** @param why - the reason that its producer gave, or an error. */
  #ended(account: LogAccount, why: unknown): void {
    const { row, label } = account
    const { sourcePeerId: peerId, resourceId } = row
    const reason = typeof why === 'string' ? why : reasonOf(why)
    account.state = finalEnds.has(why) ? 'over' : 'waiting'
    if (this.#signal.aborted) return
    const isNews = account.reason !== reason
    account.reason = reason
    const { out } = this.#init.presence
    if (isNews) out.event({ event: 'log-ended', peerId, resourceId, reason }, `${label} has ended: ${reason}`)
    this.#settle()
  }
}

function gapOf(notice: StreamNotice, { last }: LogAccount): RecordedGap | undefined {
  if (notice.type === 'gap') {
    const { fromNs, toNs, lost } = notice
    return { fromNs, toNs, ...(lost !== undefined && { lost }), reason: 'retention was faster than the recorder' }
  }
  if (notice.type !== 'resumed' || notice.mayMiss !== true) return undefined
  const at = last?.timestampNs ?? 0n
  return { fromNs: at, toNs: at, reason: 'a resumed stream may lack entries' }
}

/** @throws CliError 'incomplete' for what a recording was to have and has not. */
export function checkComplete(recorder: Recorder, { strict }: { readonly strict: boolean }): void {
  const missing = [...recorder.accounts.filter(({ isMissing }) => isMissing).map(({ topic }) => topic), ...recorder.absent]
  if (missing.length > 0) {
    throw new CliError('incomplete', `never recorded: ${missing.join(', ')}; the table says why`, { missing, gaps: 0 })
  }
  const gaps = recorder.accounts.filter((account) => account.gaps.length > 0 || account.leftOut > 0).map(({ topic }) => topic)
  const holes = [...gaps, ...recorder.unread.map(([peerId]) => peerId)]
  if (!strict || holes.length === 0) return
  throw new CliError('incomplete', `entries are missing of ${holes.join(', ')}; without --strict that is a warning`, { gaps: holes.length })
}
