/**
 * A one-shot protocol as one record, which both asks and serves.
 *
 * A substream has one message each way at most, one frame each: a {@link Question} is answered, a {@link Push} is not. The record says what the protocol
 * is called, what its frames may cost, how long each step may take, who may open it, and how its messages are read and written. To add a protocol:
 *
 *   its own file   codec and record, like `leave.ts`
 *   one-shots.ts   the list: from then on it is served, and can be asked
 *   its handler    what the owner of a runtime answers, in `RuntimeHandlers`; the compiler asks for it
 */
import type { CodecErrorCode } from './codec-errors.ts'
import type { FrameRules } from './frame.ts'
import type * as limits from './limits.ts'

/** A deadline by its name in `limits.ts`; a runtime may be given another value. */
export type LimitName = keyof typeof limits

/** What every protocol has. */
export interface Protocol {
  /** As it is negotiated, such as `/auki/info/0.0.1`. */
  readonly id: string
  /** Of every frame, in both directions. */
  readonly frames: FrameRules
  /** Who may open a substream of it; `anybody`: strangers too, from the small pool of admissions. */
  readonly mayAsk: 'anybody' | 'members'
}

/**
 * One question and its answer.
 *
 * `N` is the name of the handler and `H` its type; `Asked` is what a caller asks, `Received` what arrives of it; `Given` is what the handler answers,
 * `Answer` what arrives of that.
 */
export interface Question<N extends string, H, Asked, Received, Given, Answer> extends Protocol {
  readonly deadlines: {
    /** Asking side: opening the substream, writing the question and reading the answer have this long each. */
    readonly phase: LimitName
    /** Answering side: the question must have come within this. */
    readonly read: LimitName
    /** Answering side: the handler must have answered within this. */
    readonly owner: LimitName
  }
  /** Left out: the question has no content, and is an empty frame. @throws CodecError */
  encodeRequest?(request: Asked): Uint8Array
  /** @throws CodecError, which resets the substream. */
  decodeRequest(payload: Uint8Array): Received
  /** @throws CodecError, which closes the substream without an answer. */
  encodeAnswer(answer: Given, request: Received): Uint8Array
  /** @throws CodecError, which the caller gets as the cause of a RequestError 'protocol'. */
  decodeAnswer(payload: Uint8Array): Answer
  readonly handler: N
  /** Has the handler answer; `undefined`: there is no answer, and the substream is closed without one. */
  respond(handle: H, peerId: string, request: Received, signal: AbortSignal): Given | undefined | Promise<Given | undefined>
  /** The answer where the handler failed, or had none within `ownerMs`. Default: the substream is closed without one. */
  fallback?(why: 'failed' | 'timed-out', ownerMs: number): Given
  /** A request that can't be read for this reason is closed without an answer instead of reset. Default: none. */
  readonly closesOn?: CodecErrorCode
  /** A stranger who asks is given time anew: it stays connected until it is answered, and its grace begins again. Default: false. */
  readonly restartsGrace?: boolean
  /** The caller does not depend on the answer: once the question is written, or a phase takes too long, it counts as answered. Default: false. */
  readonly bestEffort?: boolean
  /** Handler that is told once the substream has been closed behind the answer. Default: none. */
  readonly afterwards?: 'leaveAcknowledged'
}

/** One message without an answer, from one member to others. `N` is the name of its handler. */
export interface Push<N extends string, Message, To extends 'some' | 'all'> extends Protocol {
  readonly deadlines: {
    /** Receiving side: the message must have come within this. The sending side has `pushPhaseMs` for each of its steps. */
    readonly read: LimitName
  }
  /** @throws CodecError */
  encode(message: Message): Uint8Array
  /** @throws CodecError, which resets the substream. */
  decode(payload: Uint8Array): Message
  readonly handler: N
  /** Whether it goes to the members that the sender names, or to all that are connected. */
  readonly to: To
  /** `newest`: each message replaces the ones before it that still wait, on both sides. `all`: none does; what a peer does not take in time is dropped. */
  readonly keep: 'newest' | 'all'
}

/** A {@link Question}, its types inferred from the record. */
export const question = <const N extends string, H, Received, Given, Answer, Asked = undefined>(
  record: Question<N, H, Asked, Received, Given, Answer>
): Question<N, H, Asked, Received, Given, Answer> => record

/** A {@link Push}, its types inferred from the record. */
export const push = <const N extends string, Message, const To extends 'some' | 'all'>(
  record: Push<N, Message, To>
): Push<N, Message, To> => record
