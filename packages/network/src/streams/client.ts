/** Opening streams of peers: one substream each, with a deadline on every step, and what is open counted per peer, so that it can be ended. */
import type { PayloadKind } from '@auki/datatypes'
import { encodeFrame } from '../protocols/frame.ts'
import * as stream from '../protocols/stream.ts'
import { raceAbort, toError } from '../runtime/abort.ts'
import type { RuntimeEnv } from '../runtime/env.ts'
import { DeadlineError, ResetError, runtimeUnavailable } from '../runtime/errors.ts'
import { Exchange } from '../runtime/exchange.ts'
import type { Lingering } from '../runtime/lingering.ts'
import { LiveExchanges } from '../runtime/live.ts'
import type { EnsureConnected, OpenSubstream } from '../runtime/requests.ts'
import type { Substream } from '../runtime/substream.ts'
import type { Frame } from './chunk-queue.ts'
import { declined, manifestMismatch, OpenStreamError } from './errors.ts'
import { Intake } from './intake.ts'
import { Subscription, type SubscriptionInit } from './subscription.ts'
import type { OpenStreamOptions, StreamSubscription } from './types.ts'

/** A stream that is being opened, as far as it got. */
interface Opening {
  readonly peerId: string
  readonly request: stream.StreamRequest
  readonly exchange: Exchange
  phase: 'open' | 'write' | 'read'
  substream: Substream | undefined
  intake: Intake | undefined
}

export class StreamClient {
  readonly #env: RuntimeEnv
  readonly #open: OpenSubstream
  readonly #connect: EnsureConnected
  readonly #lingering: Lingering
  readonly #live = new LiveExchanges()
  #stopped = false

  constructor(env: RuntimeEnv, open: OpenSubstream, connect: EnsureConnected, lingering: Lingering) {
    this.#env = env
    this.#open = open
    this.#connect = connect
    this.#lingering = lingering
  }

  /** @throws OpenStreamError; the caller's `signal.reason`. */
  async open<K extends PayloadKind>(
    peerId: string,
    request: stream.StreamRequest,
    kind: K,
    { keep = request.keep ?? 'all', expected = {}, signal }: OpenStreamOptions = {}
  ): Promise<StreamSubscription<K>> {
    const exchange = new Exchange(this.#env, signal)
    if (this.#stopped) exchange.abort(runtimeUnavailable())
    const takeOut = this.#live.add(peerId, exchange)
    const opening: Opening = { peerId, request, exchange, phase: 'open', substream: undefined, intake: undefined }
    try {
      const manifest = await this.#negotiate(opening, keep)
      checkManifest(manifest, request.resourceId, expected)
      const newestOnly = keep === 'latest' && (request.from ?? 'latest') === 'latest'
      return this.#subscribe(opening, { kind, manifest, newestOnly }, signal, takeOut)
    } catch (thrown) {
      takeOut()
      exchange.end()
      opening.intake?.stop()
      opening.substream?.reset(thrown)
      const cause = exchange.signal.aborted ? exchange.signal.reason : thrown
      throw signal?.aborted && cause === signal.reason ? cause : describeFailure(cause, opening)
    }
  }

  /** Ends what is open with a peer that is no member any longer. */
  revoke(peerId: string): void {
    this.#live.abort(peerId, new ResetError('no member any longer'))
  }

  /** Ends what is open and refuses what comes. */
  stop(): void {
    this.#stopped = true
    this.#live.abortAll(runtimeUnavailable())
  }

  async #negotiate(opening: Opening, keep: 'all' | 'latest'): Promise<stream.StreamManifest> {
    const { peerId, request, exchange } = opening
    const { streamOpenMs, streamRequestWriteMs, streamFirstReplyMs } = this.#env.limits
    const { signal } = exchange
    const substream = await exchange.within('open', streamOpenMs, async () => {
      await this.#connect(peerId, signal)
      return this.#open(peerId, stream.PROTOCOL_ID, signal)
    })
    opening.substream = substream
    substream.receiveInBulk()
    const intake = new Intake(substream)
    opening.intake = intake
    opening.phase = 'write'
    const frame = encodeFrame(stream.encode({ kind: 'request', request: { ...request, keep } }), stream.FRAME_BYTES_MAX)
    await exchange.within('write', streamRequestWriteMs, () => substream.write(frame, signal))
    opening.phase = 'read'
    const { bytes, from, to } = await exchange.within('read', streamFirstReplyMs, () => raceAbort(firstFrame(intake), signal))
    const reply = stream.decode(bytes.subarray(from, to))
    if (reply.kind === 'accept') return reply.manifest
    if (reply.kind === 'decline') throw declined(peerId, request.resourceId, reply.reason)
    throw new Error(`it was ${reply.kind}`)
  }

  #subscribe<K extends PayloadKind>(
    { peerId, request, exchange, substream, intake }: Opening,
    init: Pick<SubscriptionInit<K>, 'kind' | 'manifest' | 'newestOnly'>,
    callerSignal: AbortSignal | undefined,
    takeOut: () => void
  ): Subscription<K> {
    const { signal } = exchange
    const release = (error: Error | undefined) => {
      signal.removeEventListener('abort', onAbort)
      takeOut()
      exchange.end()
      if (error === undefined) this.#lingering.finish(substream!)
      else substream!.reset(error)
    }
    const onAbort = () => {
      if (callerSignal?.aborted && signal.reason === callerSignal.reason) void subscription.cancel()
      else substream!.reset(signal.reason)
    }
    signal.addEventListener('abort', onAbort, { once: true })
    const subscription = new Subscription({ ...init, peerId, resourceId: request.resourceId, intake: intake!, release })
    return subscription
  }
}

/** The first thing the producer says. */
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
    const [wanted, found] = [expected[field]!, manifest[field]]
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
  const what = `the stream of "${request.resourceId}" from ${peerId} did not open`
  if (cause instanceof DeadlineError && phase !== 'write') {
    const { durationMs } = cause
    return new OpenStreamError('timeout', `${what}: no ${phase} within ${durationMs} ms; ask again later`, { durationMs, phase }, { cause })
  }
  const reason = toError(cause).message
  if (phase === 'open') return new OpenStreamError('libp2p', `${what}: no substream: ${reason}; ask again later`, {}, { cause })
  const failure = phase === 'write' ? 'the request could not be written' : 'expected accept or decline as first reply'
  return new OpenStreamError('protocol', `${what}: ${failure}: ${reason}`, {}, { cause })
}
