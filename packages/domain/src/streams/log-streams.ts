/** Serves the logs of a session as streams: a subscription is a cursor in its log and has no buffer of its own. */
import { reasonOf } from '@auki/canonical'
import {
  type EntryBatch,
  type EntryBatches,
  EntrySource,
  type ReceivedStreamRequest,
  type StreamGap,
  type StreamProvider
} from '@auki/network'
import type { RegistryRef } from '@auki/registry'
import { type LogCursor, type LogHandle, type LogManifest, type Lost, logsOf, type Session } from '@auki/session'
import { streamManifestOf } from './log-manifest.ts'

/**
 * The default stream provider: serves every log of the session, live and from its history, to every member.
 *
 * An app's own provider may delegate to it. A source that it returns must be iterated, or the log keeps a reader that never reads.
 */
export function logStreamProvider(session: Session): StreamProvider {
  return (_requester, request) => {
    const { resourceId, sourcePeerId, from, fromPosition } = request
    if (session.ended) return { decline: { kind: 'producer_shutting_down' } }
    const log = logsOf(session).find(({ logRef }) => logRef.resourceId === resourceId && ['', logRef.sourcePeerId].includes(sourcePeerId))
    if (log === undefined) return { decline: { kind: 'sensor_not_found' } }
    try {
      const { recording, nextPosition: position } = log
      const manifest = { ...streamManifestOf(log.manifest, frameOf(session, log)), recording, position }
      // Where only the newest entry is wanted the stream reads ahead of what it writes.
      const hold = request.keep === 'latest' ? 'keeps' : 'returns'
      const source = new EntrySource(new CursorBatches(log.cursor({ from, fromPosition, hold }), request))
      return { accept: { kind: log.kind, manifest, source } }
    } catch (error) {
      return { decline: { kind: 'other', detail: reasonOf(error) } }
    }
  }
}

/** The frame of a camera or a rangefinder: what the log says, else what its sensor's entry says. */
function frameOf({ registries }: Session, { kind, manifest }: LogHandle<unknown, LogManifest>): RegistryRef | undefined {
  if (manifest.variant !== 'sensor_log' || (kind !== 'camera' && kind !== 'point_cloud')) return undefined
  return manifest.frame ?? registries.version('sensor', manifest.sensor)?.frame
}

class CursorBatches implements EntryBatches {
  readonly #cursor: LogCursor
  readonly #goesOn: boolean
  /** Entries that retention removes from now on count as lost: the reader was to get them. */
  #begun: boolean

  constructor(cursor: LogCursor, { gaps = false, fromPosition }: ReceivedStreamRequest) {
    this.#cursor = cursor
    this.#goesOn = gaps
    this.#begun = fromPosition !== undefined
  }

  /**
   * @throws when retention removed entries that the reader was to get, and the reader does not support gaps. Before the first entry nothing is lost: the
   * stream just begins later.
   */
  async next(): Promise<EntryBatch | undefined> {
    const batch = await this.#cursor.next()
    if (batch === undefined) return undefined
    const lost = this.#begun ? batch.lost : undefined
    this.#begun = true
    if (lost === undefined) return batch
    if (!this.#goesOn) throw new Error('retention overtook the reader')
    const [first, ...rest] = batch.entries
    return { ...batch, entries: [{ ...first!, gap: gapOf(lost) }, ...rest] }
  }

  close(): void {
    this.#cursor.close()
  }
}

function gapOf({ entries = 0, fromNs, toNs }: Lost): StreamGap {
  return { lost: BigInt(entries), fromNs, toNs }
}
