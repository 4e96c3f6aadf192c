/** Records logs of a cluster's members into an MCAP file, until stopped or until all of them have ended. */

import { rm } from 'node:fs/promises'
import { reasonOf } from '@auki/canonical'
import { type ClusterEvent, domainClockRef, type ReadFrom, type ResourceEntry, type StreamSubscription } from '@auki/domain'
import { CliError } from '../errors.ts'
import type { Host } from '../host.ts'
import { LogTimes } from '../log-times.ts'
import { clockOf, type RecordedLog, topicOf } from '../mcap/recorded-log.ts'
import { RecordingWriter } from '../mcap/recording-writer.ts'
import { othersOf } from '../members.ts'
import { type LookOptions, lookAt } from '../onlooker.ts'
import { tellResumed } from '../pauses.ts'
import type { Presence } from '../presence.ts'
import { NewFile } from '../recording-file.ts'
import { registryOf } from '../registry.ts'
import { mayGoOn, whenThereAgain } from '../reopening.ts'
import { catalogRows, endOf, noSuchResource, openBytes } from '../resources.ts'
import { whilePresent } from '../stop.ts'
import { tellNotices } from '../stream-notices.ts'

export interface RecordOptions extends LookOptions {
  readonly out: string
  /** Default: every one. */
  readonly resource?: readonly string[]
  readonly from: ReadFrom
}

export async function record(cluster: string, options: RecordOptions, host: Host): Promise<void> {
  await using presence = await lookAt(cluster, 'auki record', options, host)
  await using file = await NewFile.create(options.out)
  const writer = new RecordingWriter(file)
  const recorder = new Recorder({ presence, writer, options, stop: host.stop })
  try {
    await recorder.run()
  } catch (error) {
    if (writer.entries === 0) await rm(options.out, { force: true })
    throw error
  } finally {
    await writer.end()
  }
  const { entries } = writer
  presence.out.tell({ event: 'saved', out: options.out, entries, bytes: file.position() }, `saved ${entries} entries in ${options.out}`)
}

interface RecorderInit {
  readonly presence: Presence
  readonly writer: RecordingWriter
  readonly options: RecordOptions
  readonly stop: AbortSignal
}

class Recorder {
  readonly #init: RecorderInit
  readonly #seen: ResourceEntry[] = []
  /** Logs that are being recorded. When a member comes back, the subscriptions to its logs resume by themselves, so these are not opened again. */
  readonly #open = new Set<string>()
  /** Topics of all logs that were ever opened. */
  readonly #topics = new Set<string>()
  /** When the last entry came of a log whose peer may have been started anew, by the log's topic; ms. */
  readonly #cutAt = new Map<string, number>()
  readonly #idle = Promise.withResolvers<void>()
  #active = 0
  #logs = 0

  constructor(init: RecorderInit) {
    this.#init = init
  }

  /** Resolves when everything has ended. @throws CliError when there was nothing to record, or the file can't be written. */
  async run(): Promise<void> {
    const { presence, options, stop } = this.#init
    const { clusterManager } = presence.domain
    const watching = new AbortController()
    void this.#recordWhoJoins(clusterManager.events({ signal: watching.signal }))
    this.#begin(Promise.resolve())
    for (const peerId of othersOf(clusterManager)) this.#begin(this.#recordMember(peerId))
    try {
      await this.#idle.promise
    } finally {
      watching.abort()
    }
    if (this.#logs > 0 || stop.aborted) return
    throw noSuchResource(options.resource?.join('" or "') ?? 'log', clusterManager.clusterName, this.#seen)
  }

  #begin(work: Promise<void>): void {
    this.#active += 1
    work.then(() => {
      this.#active -= 1
      if (this.#active === 0) this.#idle.resolve()
    }, this.#idle.reject)
  }

  async #recordWhoJoins(events: AsyncIterable<ClusterEvent>): Promise<void> {
    try {
      for await (const event of events) if (event.type === 'member-joined') this.#begin(this.#recordMember(event.peerId))
    } catch {
      // nobody watches any longer
    }
  }

  async #recordMember(peerId: string): Promise<void> {
    const { presence, options, stop } = this.#init
    try {
      const rows = await catalogRows(presence.domain.clusterManager, peerId, stop)
      this.#seen.push(...rows)
      const { resource } = options
      const wanted = rows.filter((row) => (resource?.includes(row.resourceId) ?? true) && !this.#open.has(keyOf(row)))
      for (const row of wanted) if (!this.#open.has(keyOf(row))) await this.#recordLog(row)
    } catch (error) {
      if (!stop.aborted) presence.out.warn(`nothing of ${peerId} is recorded: ${reasonOf(error)}`)
    }
  }

  /** Resolves once the log is being recorded, so that a member is asked for one log after the other: it takes only so many requests at a time. */
  async #recordLog(row: ResourceEntry): Promise<void> {
    this.#logs += 1
    this.#open.add(keyOf(row))
    const { presence, options, stop } = this.#init
    try {
      const { clusterManager } = presence.domain
      const registry = await registryOf(clusterManager, row, stop)
      // What a peer has recorded since it was started anew has all come after what was recorded here.
      const from = this.#topics.has(topicOf(row)) ? 'from_start' : options.from
      this.#topics.add(topicOf(row))
      const subscription = await openBytes(clusterManager, row, { from, signal: stop })
      this.#begin(this.#copy({ row, registry }, subscription))
    } catch (error) {
      this.#tellEnd(row, error)
    }
  }

  /** Resolves when it has ended. @throws CliError 'file-failed' */
  async #copy(log: RecordedLog, subscription: StreamSubscription<'bytes'>): Promise<void> {
    const { row } = log
    const { presence, writer, stop } = this.#init
    const { out } = presence
    const { sourcePeerId: peerId, resourceId } = row
    await using reading = subscription
    let lastMs = performance.now()
    try {
      void tellNotices(row, reading, out)
      this.#tellPause(row)
      const times = await LogTimes.of(reading, stop)
      const inDomainTime = times instanceof LogTimes
      const recorder = await writer.addLog(log, inDomainTime ? domainClockRef(presence.domain.clusterManager.clusterName).id : undefined)
      const { topic } = recorder
      out.tell({ event: 'recording', peerId, resourceId, topic, inDomainTime }, `recording ${topic}`)
      if (!inDomainTime) out.warn(`${topic} is off the common timeline: ${times.message}`)
      for await (const { timestampNs, payload: bytes } of reading) {
        lastMs = performance.now()
        await recorder.write(inDomainTime ? { timestampNs, bytes, domainTimeNs: times.at(timestampNs) } : { timestampNs, bytes })
      }
      const end = await endOf(row, reading)
      this.#tellEnd(row, end)
      if (mayGoOn(end)) this.#awaitSuccessor(row, lastMs)
    } catch (error) {
      if (error instanceof CliError && error.code === 'file-failed') throw error
      this.#tellEnd(row, error)
    }
  }

  /** The peer was started anew: what it has now is recorded, too, as soon as it is there. Until then the recording goes on, even if nothing else is recorded. */
  #awaitSuccessor(row: ResourceEntry, lastMs: number): void {
    this.#cutAt.set(topicOf(row), lastMs)
    const { presence, stop } = this.#init
    const { clusterManager, closed } = presence.domain
    const record = async (): Promise<void> => {
      try {
        if (await whenThereAgain(clusterManager, row, whilePresent(closed, stop))) await this.#recordMember(row.writerPeerId)
      } catch {
        // stopped, or our presence has ended
      }
    }
    this.#begin(record())
  }

  #tellPause(row: ResourceEntry): void {
    const { sourcePeerId: peerId, resourceId } = row
    const cutAtMs = this.#cutAt.get(topicOf(row))
    this.#cutAt.delete(topicOf(row))
    if (cutAtMs === undefined) return
    tellResumed(this.#init.presence.out, performance.now() - cutAtMs, { peerId, resourceId }, `"${resourceId}" of ${peerId}`)
  }

  #tellEnd(row: ResourceEntry, why: unknown): void {
    const { sourcePeerId: peerId, resourceId } = row
    this.#open.delete(keyOf(row))
    if (this.#init.stop.aborted) return
    const reason = typeof why === 'string' ? why : reasonOf(why)
    this.#init.presence.out.tell({ event: 'log-ended', peerId, resourceId, reason }, `${resourceId} of ${peerId} has ended: ${reason}`)
  }
}

/** The clock's hash is part of the key: the same log of another session is another recording. */
const keyOf = (row: ResourceEntry): string => `${clockOf(row).hash}/${topicOf(row)}`
