/** Performs the core's commands to the network and posts the answers as events. Retries and state are the core's business. */
import { reasonOf } from '@auki/canonical'
import {
  encodeDocument,
  type JoinRequest,
  type JoinResponse,
  type PeerRuntime,
  RequestError,
  readRefusal,
  refusalText
} from '@auki/network'
import type { JoinAuthorization } from '../config.ts'
import type { JoinOutcome } from '../core/index.ts'
import type { Log } from '../log.ts'
import { authorizationFor } from './authorization.ts'
import { readDocument } from './document-ids.ts'
import type { EffectOf, Performers, Post } from './effects.ts'
import type { Failures } from './failures.ts'
import type { Lifecycle } from './lifecycle.ts'
import type { Tickets } from './tickets.ts'

export interface NetworkParts {
  readonly runtime: PeerRuntime
  readonly post: Post
  /** The fields of our JoinRequest. */
  readonly self: Omit<JoinRequest, 'authorization'> & { readonly peerId: string; readonly authorization: JoinAuthorization }
  readonly tickets: Tickets
  readonly life: Pick<Lifecycle, 'stopped'>
  /** Keeps the error of the last join. */
  readonly failures: Failures
  readonly log: Log
}

export type NetworkEffect =
  | 'set-allowed'
  | 'set-targets'
  | 'dial'
  | 'pace-dials'
  | 'switch-connection'
  | 'request-join'
  | 'abandon'
  | 'request-leave'
  | 'ask-witnesses'
  | 'push'
  | 'answer-join'
  | 'answer-leave'

const noToken = new Uint8Array(0)

export function networkPerformers(parts: NetworkParts): Performers<NetworkEffect> {
  const { runtime, post, tickets, log } = parts
  const asked = new Map<number, AbortController>()
  return {
    'set-allowed': ({ members }) => logFailure(log, 'the allow-list could not be set', () => runtime.setAllowedPeers(members)),
    'set-targets': ({ peers }) => logFailure(log, 'heartbeats could not be redirected', () => runtime.setHeartbeatTargets(peers)),
    dial: ({ peer }) => logFailure(log, `${peer} could not be dialled`, () => runtime.dialNow(peer)),
    'pace-dials': ({ hasty }) => logFailure(log, 'dials could not be paced', () => runtime.hurry(hasty ? 'on' : 'off')),
    'switch-connection': ({ peer }) =>
      logFailure(log, `the connection to ${peer} could not be changed`, () => runtime.switchConnection(peer)),
    'request-join': ({ no, peer, clusterName }) => {
      const abandoned = new AbortController()
      asked.set(no, abandoned)
      void requestJoin(parts, peer, clusterName, abandoned.signal).then((outcome) => {
        asked.delete(no)
        if (!abandoned.signal.aborted) post({ type: 'join-answered', no, outcome })
      })
    },
    abandon: ({ no }) => asked.get(no)?.abort(new Error('the join was given up')),
    'request-leave': ({ no, peer }) => {
      const answered = (): void => post({ type: 'leave-answered', no })
      runtime.requestLeave(peer, { signal: parts.life.stopped }).then(answered, answered)
    },
    'ask-witnesses': ({ no, to, suspect }) => {
      for (const peer of to) {
        const answered = (seen: boolean): void => post({ type: 'witness-answered', no, peer, seen })
        runtime.requestSeen(peer, { suspect }, { signal: parts.life.stopped }).then(answered, () => answered(false))
      }
    },
    push: ({ to, document, handoverTo }) => {
      const hint = handoverTo === undefined ? {} : { handoverTo }
      const update = { managerPeerId: runtime.localPeerId, membershipJson: encodeDocument(document), ...hint }
      logFailure(log, 'the membership document could not be pushed', () => runtime.pushMembership(to, update))
    },
    'answer-join': ({ ticket, answer }) => tickets.answer(ticket, onTheWire(answer)),
    'answer-leave': ({ ticket, acknowledged }) => tickets.answer(ticket, acknowledged)
  }
}

async function requestJoin(parts: NetworkParts, peer: string, clusterName: string, abandoned: AbortSignal): Promise<JoinOutcome> {
  const { runtime, failures } = parts
  const { peerId: localPeerId, ...said } = parts.self
  const signal = AbortSignal.any([abandoned, parts.life.stopped])
  let { authorization } = said
  try {
    // A string needs no await: the request goes out within this turn of the event loop.
    if (typeof authorization !== 'string')
      authorization = await authorizationFor(authorization, { clusterName, managerPeerId: peer, localPeerId }, signal)
  } catch (error) {
    const failure = new Error(`joinAuthorization failed: ${reasonOf(error)}`, { cause: error })
    failures.network = failure
    if (!signal.aborted) parts.log('warn', failure.message, { managerPeerId: peer })
    return { kind: 'failed', reason: failure.message, timedOut: false }
  }
  try {
    return arrived(await runtime.requestJoin(peer, { ...said, authorization }, { signal }))
  } catch (error) {
    if (error instanceof RequestError) failures.network = error
    return { kind: 'failed', reason: reasonOf(error), timedOut: error instanceof RequestError && error.code === 'timeout' }
  }
}

type JoinAnswer = EffectOf<'answer-join'>['answer']

const onTheWire = (answer: JoinAnswer): JoinResponse =>
  answer.kind === 'accept'
    ? { kind: 'accept', membershipJson: encodeDocument(answer.document), successorToken: noToken }
    : { kind: 'reject', reason: refusalText(answer.refusal) }

function arrived(response: JoinResponse): JoinOutcome {
  if (response.kind === 'reject') return { kind: 'refused', ...readRefusal(response.reason) }
  const read = readDocument(response.membershipJson)
  return 'document' in read ? { kind: 'accept', document: read.document } : { kind: 'invalid', reason: read.invalid }
}

function logFailure(log: Log, what: string, work: () => unknown): void {
  try {
    work()
  } catch (error) {
    log('warn', `${what}: ${reasonOf(error)}`)
  }
}
