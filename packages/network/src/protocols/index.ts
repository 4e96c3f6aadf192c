/**
 * `@auki/network/protocols`: the codec of each wire protocol, pure functions between messages and the payloads of frames.
 *
 *   join, leave, info, resources, registries, seen    a question and its answer: `encodeRequest`, `decodeRequest`, `encodeResponse`, `decodeResponse`
 *   membership, diagnostic                            a message without an answer: `encode`, `decode`
 *   clock                                             many questions over one substream: `question`, `answer`, `decodeAnswer`
 *   heartbeat                                         heartbeats of both sides over one substream: `encode`, `decode`
 *   stream                                            a log: `encode` and `decode` for all messages, `encodeEntryFrame` for many entries
 *
 * Each has its `PROTOCOL_ID`, its `FRAME_BYTES_MAX` (bytes, without the 4-byte prefix) and its `protocol` record. `encodeFrame` and `FrameReader` put payloads
 * into frames and take them out; `limits` has every cap and deadline. Decoders throw `CodecError` and nothing else, whatever the bytes.
 */

export * as clock from './clock.ts'
export { CodecError, type CodecErrorCode } from './codec-errors.ts'
export * as diagnostic from './diagnostic.ts'
export { encodeFrame, FrameReader, type FrameRules } from './frame.ts'
export * as heartbeat from './heartbeat.ts'
export * as info from './info.ts'
export * as join from './join.ts'
export { type Refusal, readRefusal, refusalText } from './join-refusal.ts'
export * as leave from './leave.ts'
export * as limits from './limits.ts'
export * as membership from './membership.ts'
export { decodeDocument, encodeDocument } from './membership-document.ts'
export { canonicalMultiaddr } from './multiaddrs.ts'
export type { MessageForm } from './proto-frame.ts'
export * as registries from './registries.ts'
export * as resources from './resources.ts'
export * as seen from './seen.ts'
export * as stream from './stream.ts'
