/**
 * Turns what peers send into events of the core.
 *
 * The runtime has decoded and bounded every message and knows its sender from the connection's handshake. Requests get a ticket, by which the core's answer
 * finds whoever asked.
 */
import { assertNever, type Timer } from '@auki/canonical'
import {
  type DiagnosticMessage,
  fitIntroduction,
  type JoinResponse,
  type LivenessEvent,
  type MembershipUpdate,
  type RuntimeHandlers,
  refusalText
} from '@auki/network'
import type { Log } from '../log.ts'
import type { ClusterClocks } from './cluster-clocks.ts'
import type { DataPlane } from './data-plane.ts'
import { readDocument } from './document-ids.ts'
import type { Post } from './effects.ts'
import { PacedDocuments } from './paced-documents.ts'
import type { Tickets } from './tickets.ts'

export interface InboundParts {
  readonly post: Post
  readonly clock: Timer
  /** Whether the peer is the Manager we follow, or the newest row names it. */
  readonly isBelieved: (peerId: string) => boolean
  readonly tickets: Tickets
  readonly clocks: Pick<ClusterClocks, 'heard' | 'observed'>
  readonly dataPlane: Pick<DataPlane, 'participantInfo' | 'catalog' | 'entry'>
  readonly seen: RuntimeHandlers['seen']
  readonly diagnostic: (peerId: string, message: DiagnosticMessage) => void
  readonly log: Log
}

interface Pushed extends MembershipUpdate {
  readonly peer: string
}

export function inboundHandlers(parts: InboundParts): RuntimeHandlers {
  const { post, tickets, dataPlane } = parts
  const documents = new PacedDocuments<Pushed>({ ...parts, deliver: (pushed) => onDocument(parts, pushed) })
  return {
    liveness: (event) => onLiveness(parts, event),
    join: (peer, request, signal) => onJoin(parts, peer, request, signal),
    leave(peer) {
      const { ticket, answer } = tickets.take(false)
      post({ type: 'leave-requested', ticket, peer })
      return answer
    },
    leaveAcknowledged: (peer) => post({ type: 'leave-acknowledged', peer }),
    membership: (peer, update) => documents.take(peer, { peer, ...update }),
    info: () => dataPlane.participantInfo(),
    resources: (_peer, request) => dataPlane.catalog(request),
    registry: (_peer, request) => dataPlane.entry(request),
    seen: parts.seen,
    diagnostic: parts.diagnostic
  }
}

function onDocument({ post, log }: InboundParts, { peer, managerPeerId: author, membershipJson, handoverTo }: Pushed): void {
  if (handoverTo !== undefined) post({ type: 'handover-hinted', peer })
  const read = readDocument(membershipJson)
  if ('document' in read) post({ type: 'document-received', peer, author, document: read.document })
  else log('debug', 'ignored a membership document', { from: peer, reason: read.invalid })
}

function onJoin({ post, tickets }: InboundParts, peer: string, request: Parameters<RuntimeHandlers['join']>[1], signal: AbortSignal) {
  const { ticket, answer } = tickets.take<JoinResponse>({ kind: 'reject', reason: refusalText({ why: 'not-manager' }) }, signal)
  const abandon = (): void => {
    tickets.drop(ticket)
    post({ type: 'join-abandoned', ticket })
  }
  signal.addEventListener('abort', abandon, { once: true })
  post({ type: 'join-requested', ticket, peer, ...fitIntroduction(peer, request) })
  if (signal.aborted) abandon()
  return answer.finally(() => signal.removeEventListener('abort', abandon))
}

function onLiveness({ post, clocks, log }: InboundParts, event: LivenessEvent): void {
  const { peerId: peer } = event
  switch (event.type) {
    case 'connected':
    case 'disconnected':
    case 'seen':
    case 'process-gone':
    case 'heartbeat-stream-closed':
      return post({ type: event.type, peer })
    case 'heartbeat-received': {
      const { membership, instance, domainClock } = event.heartbeat
      const extras = { ...(membership === undefined ? {} : { membership }), ...(instance === undefined ? {} : { instance }) }
      post({ type: 'heartbeat-received', peer, ...extras })
      // After the core: this heartbeat may decide who the Manager is, whose word about the domain clock counts.
      if (domainClock !== undefined) clocks.heard(peer, domainClock)
      return
    }
    case 'ntp-sample-observed':
      return clocks.observed(event)
    case 'heartbeat-write-stalled':
      return log('info', `a heartbeat to ${peer} took ${event.waitedMs} ms to write: the connection is slow`, { peer })
    default:
      return assertNever(event)
  }
}
