/** Opening a stream: connect, write the request, wait for accept or decline, with a deadline on each step. */

import { abortable, reasonOf } from '@auki/canonical'
import type { RuntimeEnv } from '../exchange/env.ts'
import { DeadlineError, NoWayError } from '../exchange/exchange-errors.ts'
import type { Lingering } from '../exchange/lingering.ts'
import type { Begun, Outgoing } from '../exchange/outgoing.ts'
import type { Substream } from '../exchange/substream.ts'
import { encodeFrame } from '../protocols/frame.ts'
import * as stream from '../protocols/stream.ts'
import { confirmAllEveryMs, confirmEveryMs } from '../settings.ts'
import type { Frame } from './chunk-queue.ts'
import { Confirming } from './confirming.ts'
import { Intake } from './intake.ts'
import { Permits } from './permits.ts'
import { declined, manifestMismatch, notOpened, OpenStreamError } from './stream-errors.ts'

/** What is asked of whom. */
export interface Asked {
  readonly peerId: string
  readonly request: stream.StreamRequest
  /** Fields that the manifest must have. */
  readonly expected: Partial<stream.StreamManifest>
  /** The caller's. Once the stream is open, aborting it no longer resets the substream: the caller cancels the subscription. */
  readonly signal: AbortSignal | undefined
}

/** A substream on which entries come. */
export interface OpenedStream {
  readonly manifest: stream.StreamManifest
  readonly intake: Intake
  /** An entry was taken from it: the producer is told, where it wants to know. */
  taken(): void
  /** Only the producer's side of the substream is closed: it closed it itself, and no connection was lost. */
  isHalfOpen(): boolean
  /** Gives the substream back, once: closes it, or with an error resets it. */
  release(error: Error | undefined): void
}

/** A stream that is being opened, as far as it got. */
interface Opening extends Asked {
  readonly begun: Begun
  phase: 'open' | 'write' | 'read'
  substream: Substream | undefined
  intake: Intake | undefined
  /** Gives the permit to have a request unread back; to be called when the producer has read ours, or will not get it. */
  giveBack: () => void
}

export interface OpenerInit {
  readonly env: RuntimeEnv
  readonly outgoing: Outgoing
  readonly lingering: Lingering
}

export class Opener {
  readonly #init: OpenerInit
  /** A producer resets substreams beyond its limit of unread requests. So no more are under way at a time, and opening many streams at once works. */
  readonly #permits: Permits

  constructor(init: OpenerInit) {
    this.#init = init
    this.#permits = new Permits(init.env.limits.streamPendingPerPeerMax)
  }

  /** @throws OpenStreamError; the reason of `asked.signal`. */
  async open(asked: Asked): Promise<OpenedStream> {
    const { peerId, request, expected, signal } = asked
    const begun = this.#init.outgoing.begin(peerId, signal)
    const opening: Opening = { ...asked, begun, phase: 'open', substream: undefined, intake: undefined, giveBack: () => {} }
    try {
      const manifest = await this.#negotiate(opening)
      checkManifest(manifest, request.resourceId, expected)
      begun.exchange.signal.throwIfAborted()
      return this.#hold(opening, manifest)
    } catch (thrown) {
      begun.over()
      opening.intake?.stop()
      opening.substream?.reset(thrown)
      throw describeFailure(begun.exchange.causeOf(thrown), opening)
    } finally {
      opening.giveBack()
    }
  }

  async #negotiate(opening: Opening): Promise<stream.StreamManifest> {
    const { exchange, open } = opening.begun
    const { signal } = exchange
    const substream = await exchange.within('open', this.#init.env.limits.streamOpenMs, async () => {
      opening.giveBack = await this.#permits.take(opening.peerId, signal)
      return open(stream.PROTOCOL_ID)
    })
    opening.substream = substream
    return this.#ask(opening, substream)
  }

  async #ask(opening: Opening, substream: Substream): Promise<stream.StreamManifest> {
    const { peerId, request, begun } = opening
    const { exchange } = begun
    const { signal } = exchange
    const { streamRequestWriteMs, streamFirstReplyMs } = this.#init.env.limits
    const intake = new Intake(substream)
    opening.intake = intake
    opening.phase = 'write'
    const frame = encodeFrame(stream.encode({ kind: 'request', request }), stream.FRAME_BYTES_MAX)
    await exchange.within('write', streamRequestWriteMs, () => substream.write(frame, signal))
    opening.phase = 'read'
    const { bytes, from, to } = await exchange.within('read', streamFirstReplyMs, () => abortable(firstFrame(intake), signal))
    const reply = stream.decode(bytes.subarray(from, to))
    if (reply.kind === 'accept') return reply.manifest
    if (reply.kind === 'decline') throw declined(peerId, request.resourceId, reply.reason)
    throw new Error(`it was ${reply.kind}`)
  }

  #hold({ begun, request, substream, intake, signal: callerSignal }: Opening, manifest: stream.StreamManifest): OpenedStream {
    const { signal } = begun.exchange
    const onAbort = () => {
      if (!callerSignal?.aborted) substream!.reset(signal.reason)
    }
    signal.addEventListener('abort', onAbort, { once: true })
    const { confirms = false, ...told } = manifest
    const confirming = confirms
      ? new Confirming(substream!, this.#init.env.timers, request.keep === 'latest' ? confirmEveryMs : confirmAllEveryMs)
      : undefined
    const release = (error: Error | undefined) => {
      confirming?.stop()
      signal.removeEventListener('abort', onAbort)
      begun.over()
      intake!.stop()
      if (error === undefined) this.#init.lingering.finish(substream!)
      else substream!.reset(error)
    }
    return { manifest: told, intake: intake!, taken: () => confirming?.take(), isHalfOpen: () => !substream!.closed, release }
  }
}

/** The producer's first message. @throws CodecError; why the substream ended before it. */
function firstFrame(intake: Intake): Promise<Frame> {
  const { promise, resolve, reject } = Promise.withResolvers<Frame>()
  const look = () => {
    try {
      const frame = intake.take()
      if (frame === undefined && intake.ended === undefined) return
      intake.onChange = () => {}
      if (frame !== undefined) resolve(frame)
      else reject(intake.ended?.error ?? new Error('the producer closed'))
    } catch (error) {
      reject(error)
    }
  }
  intake.onChange = look
  look()
  return promise
}

/** Readers accept an empty resource id: reference producers leave it out. @throws OpenStreamError 'manifest-mismatch' */
function checkManifest(manifest: stream.StreamManifest, resourceId: string, expected: Partial<stream.StreamManifest>): void {
  if (manifest.resourceId !== '' && manifest.resourceId !== resourceId)
    throw manifestMismatch('resource_id', resourceId, manifest.resourceId)
  for (const field of Object.keys(expected) as (keyof stream.StreamManifest)[]) {
    const [wanted, found] = [expected[field]!, manifest[field] ?? '']
    if (found !== wanted)
      throw manifestMismatch(
        field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
        wanted,
        found
      )
  }
}

function describeFailure(cause: unknown, { peerId, request, phase }: Opening): OpenStreamError {
  if (cause instanceof OpenStreamError) return cause
  const { resourceId } = request
  if (cause instanceof DeadlineError && phase !== 'write') {
    const { durationMs } = cause
    const why = `no ${phase} within ${durationMs} ms; ask again later`
    return notOpened('timeout', peerId, resourceId, why, { durationMs, phase }, cause)
  }
  const reason = reasonOf(cause)
  if (phase === 'open')
    return notOpened(
      'libp2p',
      peerId,
      resourceId,
      `no substream: ${reason}${cause instanceof NoWayError ? '' : '; ask again later'}`,
      {},
      cause
    )
  const failure = phase === 'write' ? 'the request could not be written' : 'expected accept or decline as first reply'
  return notOpened('protocol', peerId, resourceId, `${failure}: ${reason}`, {}, cause)
}
