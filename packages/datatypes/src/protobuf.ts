/** The generated messages of the wire protocols, for the codecs that put them into frames. */
export { InfoRequestSchema, InfoResponseSchema } from './gen/auki/info_pb.ts'
export { JoinRequestSchema, JoinResponseSchema } from './gen/auki/join_pb.ts'
export { LeaveRequestSchema, LeaveResponseSchema } from './gen/auki/leave_pb.ts'
export {
  type DeclineReason,
  type EndReason,
  StreamConfirmationSchema,
  type StreamEntry,
  type StreamManifest,
  type StreamMessage,
  StreamMessageSchema,
  type StreamRequest
} from './gen/auki/stream_pb.ts'
export { readMessage, writeMessage } from './messages.ts'
