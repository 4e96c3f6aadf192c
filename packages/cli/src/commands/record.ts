/** Records logs of a cluster's members into an MCAP file, until stopped or until all of them have ended. */

import { rm } from 'node:fs/promises'
import { reasonOf } from '@auki/canonical'
import { type ClusterEvent, domainClockRef, type ReadFrom, type ResourceEntry, type StreamSubscription } from '@auki/domain'
import { CliError } from '../errors.ts'
import type { Host } from '../host.ts'
import { LogTimes } from '../log-times.ts'
import { clockOf, type RecordedLog, topicOf } from '../mcap/recorded-log.ts'
import { RecordingWriter } from '../mcap/recording-writer.ts'
import { type LookOptions, lookAt } from '../onlooker.ts'
import type { Output } from '../output.ts'
import type { Presence } from '../presence.ts'
import { NewFile } from '../recording-file.ts'
import { registryOf } from '../registry.ts'
import { catalogRows, endOf, noSuchResource, openBytes } from '../resources.ts'
import { tellNotices } from '../stream-notices.ts'

export interface RecordOptions extends LookOptions {
  readonly out: string
  /** Default: every one. */
  readonly resource?: readonly string[]
  readonly from: ReadFrom
}

export async function record(cluster: string, options: RecordOptions, host: Host): Promise<void> {
  const { presence: joined, out } = await lookAt(cluster, 'auki record', options, host)
  await using presence = joined
  await using file = await NewFile.create(options.out)
  const writer = new RecordingWriter(file)
  const recorder = new Recorder({ presence, writer, options, out, stop: host.stop })
  try {
    await recorder.run()
  } catch (error) {
    if (writer.entries === 0) await rm(options.out, { force: true })
    throw error
  } finally {
    await writer.end()
  }
  const { entries } = writer
  out.tell({ event: 'saved', out: options.out, entries, bytes: file.position() }, `saved ${entries} entries in ${options.out}`)
}

interface RecorderInit {
  readonly presence: Presence
  readonly writer: RecordingWriter
  readonly options: RecordOptions
  readonly out: Output
  readonly stop: AbortSignal
}

class Recorder {
  readonly #presence: Presence
  readonly #writer: RecordingWriter
  readonly #options: RecordOptions
  readonly #out: Output
  readonly #stop: AbortSignal
  readonly #seen: ResourceEntry[] = []
  /** Logs that are being recorded. When a member comes back, the subscriptions to its logs resume by themselves, so these are not opened again. */
  readonly #open = new Set<string>()
  readonly #idle = Promise.withResolvers<void>()
  #active = 0
  #logs = 0

  constructor({ presence, writer, options, out, stop }: RecorderInit) {
    this.#presence = presence
    this.#writer = writer
    this.#options = options
    this.#out = out
    this.#stop = stop
  }

  /** Resolves when everything has ended. @throws CliError when there was nothing to record, or the file can't be written. */
  async run(): Promise<void> {
    const { clusterManager } = this.#presence.domain
    const { clusterName, localPeerId, membership } = clusterManager
    const watching = new AbortController()
    void this.#recordWhoJoins(clusterManager.events({ signal: watching.signal }))
    const present = membership.peers.filter(({ peerId, observer }) => peerId !== localPeerId && !observer)
    this.#begin(Promise.resolve())
    for (const { peerId } of present) this.#begin(this.#recordMember(peerId))
    try {
      await this.#idle.promise
    } finally {
      watching.abort()
    }
    if (this.#logs > 0 || this.#stop.aborted) return
    throw noSuchResource(this.#options.resource?.join('" or "') ?? 'log', clusterName, this.#seen)
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
    try {
      const rows = await catalogRows(this.#presence.domain.clusterManager, peerId, this.#stop)
      this.#seen.push(...rows)
      const { resource } = this.#options
      const wanted = rows.filter((row) => (resource?.includes(row.resourceId) ?? true) && !this.#open.has(keyOf(row)))
      for (const row of wanted) await this.#recordLog(row)
    } catch (error) {
      if (!this.#stop.aborted) this.#out.warn(`nothing of ${peerId} is recorded: ${reasonOf(error)}`)
    }
  }

  /** Resolves once the log is being recorded, so that a member is asked for one log after the other: it takes only so many requests at a time. */
  async #recordLog(row: ResourceEntry): Promise<void> {
    this.#logs += 1
    this.#open.add(keyOf(row))
    try {
      const { clusterManager } = this.#presence.domain
      const registry = await registryOf(clusterManager, row, this.#stop)
      const subscription = await openBytes(clusterManager, row, { from: this.#options.from, signal: this.#stop })
      this.#begin(this.#copy({ row, registry }, subscription))
    } catch (error) {
      this.#tellEnd(row, error)
    }
  }

  /** Resolves when it has ended. @throws CliError 'file-failed' */
  async #copy(log: RecordedLog, subscription: StreamSubscription<'bytes'>): Promise<void> {
    const { row } = log
    const { sourcePeerId: peerId, resourceId } = row
    await using reading = subscription
    try {
      void tellNotices(row, reading, this.#out)
      const times = await LogTimes.of(reading, this.#stop)
      const inDomainTime = times instanceof LogTimes
      const recorder = await this.#writer.addLog(log, inDomainTime ? this.#domainClockId : undefined)
      const { topic } = recorder
      this.#out.tell({ event: 'recording', peerId, resourceId, topic, inDomainTime }, `recording ${topic}`)
      if (!inDomainTime) this.#out.warn(`${topic} is off the common timeline: ${times.message}`)
      for await (const { timestampNs, payload: bytes } of reading) {
        await recorder.write(inDomainTime ? { timestampNs, bytes, domainTimeNs: times.at(timestampNs) } : { timestampNs, bytes })
      }
      this.#tellEnd(row, await endOf(row, reading))
    } catch (error) {
      if (error instanceof CliError && error.code === 'file-failed') throw error
      this.#tellEnd(row, error)
    }
  }

  get #domainClockId(): string {
    return domainClockRef(this.#presence.domain.clusterManager.clusterName).id
  }

  #tellEnd(row: ResourceEntry, why: unknown): void {
    const { sourcePeerId: peerId, resourceId } = row
    this.#open.delete(keyOf(row))
    if (this.#stop.aborted) return
    const reason = typeof why === 'string' ? why : reasonOf(why)
    this.#out.tell({ event: 'log-ended', peerId, resourceId, reason }, `${resourceId} of ${peerId} has ended: ${reason}`)
  }
}

/** The clock's hash is part of the key: the same log of another session is another recording. */
const keyOf = (row: ResourceEntry): string => `${clockOf(row).hash}/${topicOf(row)}`
