/** Between our stream messages and the generated ones, whose oneofs are `{ case, value }`. */
import { assertNever } from '@auki/canonical'
import type { ReadFrom } from '@auki/datatypes'
import type { StreamMessageSchema, StreamMessage as WireMessage } from '@auki/datatypes/protobuf'
import type { MessageInitShape } from '@bufbuild/protobuf'
import { CodecError } from './codec-errors.ts'
import type {
  DeclineReason,
  EndOfStream,
  ReceivedStreamRequest,
  StreamEntry,
  StreamManifest,
  StreamMessage,
  StreamPriority,
  StreamRequest
} from './stream-types.ts'

// What may be written: plain objects.
type VariantInit = NonNullable<MessageInitShape<typeof StreamMessageSchema>['variant']>
type ValueInit<C extends VariantInit['case']> = Extract<VariantInit, { case: C }>['value']
// What was read.
type Variant<C extends WireMessage['variant']['case']> = Extract<WireMessage['variant'], { case: C }>['value']

/** Reasons that need no more words, by their case on the wire. */
const declined = {
  sensorNotFound: 'sensor_not_found',
  sensorUnavailable: 'sensor_unavailable',
  producerShuttingDown: 'producer_shutting_down'
} as const
const ended = { sourceEnded: 'source_ended', producerShuttingDown: 'producer_shutting_down', sessionEnded: 'session_ended' } as const

const priorities: Readonly<Record<StreamPriority, number>> = { control: 1, pose: 2, bulk: 3 }

function caseOf<C extends string, K extends string>(kinds: Readonly<Record<C, K>>, kind: K): C {
  return (Object.keys(kinds) as C[]).find((each) => kinds[each] === kind)!
}

export function variantOf(message: StreamMessage): VariantInit {
  switch (message.kind) {
    case 'request':
      return { case: 'request', value: requestInit(message.request) }
    case 'accept':
      return { case: 'accept', value: { ...message.manifest, confirms: message.manifest.confirms === true ? 1 : 0 } }
    case 'decline':
      return { case: 'decline', value: declineInit(message.reason) }
    case 'entry':
      return { case: 'entry', value: entryInit(message.entry) }
    case 'end_of_stream':
      return { case: 'endOfStream', value: endInit(message.reason) }
    default:
      return assertNever(message)
  }
}

/** A missing arm is `latest`; values of `keep` and `priority` that we do not know ask for nothing special. */
export function requestOf(request: Variant<'request'>): ReceivedStreamRequest {
  const { resourceId, sourcePeerId, readFrom, keep, fromPosition, gaps, confirms } = request
  const priority = (Object.keys(priorities) as StreamPriority[]).find((each) => priorities[each] === request.priority)
  return {
    ...{ resourceId, sourcePeerId, from: readFromOf(readFrom), keep: keep === 1 ? 'latest' : 'all' },
    ...(fromPosition !== 0n && { fromPosition }),
    ...(gaps === 1 && { gaps: true }),
    ...(confirms === 1 && { confirms: true }),
    ...(priority !== undefined && { priority })
  }
}

export function manifestOf(manifest: Variant<'accept'>): StreamManifest {
  const { $typeName, recording, position, confirms, ...fields } = manifest
  return {
    ...fields,
    ...(recording !== '' && { recording }),
    ...(position !== 0n && { position }),
    ...(confirms === 1 && { confirms: true })
  }
}

export function declineOf({ kind }: Variant<'decline'>): DeclineReason {
  if (kind.case === undefined) throw missingVariant('the reason of a decline')
  return kind.case === 'other' ? { kind: 'other', detail: kind.value.detail } : { kind: declined[kind.case] }
}

export function endOf({ kind }: Variant<'endOfStream'>): EndOfStream {
  if (kind.case === undefined) throw missingVariant('the reason of an end of stream')
  return kind.case === 'producerError' ? { kind: 'producer_error', detail: kind.value.detail } : { kind: ended[kind.case] }
}

export function missingVariant(what: string): CodecError {
  return new CodecError('missing-variant', `${what} is of no kind we know; the peer speaks a newer protocol or sent nothing`)
}

function requestInit(request: StreamRequest): ValueInit<'request'> {
  const { resourceId, sourcePeerId = '', from = 'latest', keep, fromPosition = 0n, gaps, confirms, priority } = request
  return {
    ...{ resourceId, sourcePeerId, readFrom: readFromInit(from), fromPosition },
    keep: keep === 'latest' ? 1 : 0,
    gaps: gaps === true ? 1 : 0,
    confirms: confirms === true ? 1 : 0,
    priority: priority === undefined ? 0 : priorities[priority]
  }
}

function entryInit({ timestampNs, seq, payload, dropped, position = 0n, gap }: StreamEntry): ValueInit<'entry'> {
  const { lost = 0n, fromNs = 0n, toNs = 0n } = gap ?? {}
  return { timestampNs, seq, payload, dropped, position, lost, lostFromNs: fromNs, lostToNs: toNs }
}

function readFromInit(from: ReadFrom): NonNullable<ValueInit<'request'>['readFrom']> {
  if (from === 'latest') return { case: 'latest', value: {} }
  if (from === 'from_start') return { case: 'fromStart', value: {} }
  return { case: 'fromTimestamp', value: { timestampNs: from.fromTimestamp } }
}

function readFromOf(readFrom: Variant<'request'>['readFrom']): ReadFrom {
  switch (readFrom.case) {
    case undefined:
    case 'latest':
      return 'latest'
    case 'fromStart':
      return 'from_start'
    case 'fromTimestamp':
      return { fromTimestamp: readFrom.value.timestampNs }
    default:
      return assertNever(readFrom)
  }
}

function declineInit(reason: DeclineReason): ValueInit<'decline'> {
  if (reason.kind === 'other') return { kind: { case: 'other', value: { detail: reason.detail } } }
  return { kind: { case: caseOf(declined, reason.kind), value: {} } }
}

function endInit(reason: EndOfStream): ValueInit<'endOfStream'> {
  if (reason.kind === 'producer_error') return { kind: { case: 'producerError', value: { detail: reason.detail } } }
  return { kind: { case: caseOf(ended, reason.kind), value: {} } }
}
