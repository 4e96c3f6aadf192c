import { type PeerRuntime, RequestError, RuntimeError } from '@auki/network'
import { expect, test } from 'vitest'
import type { Event } from '../core/index.ts'
import { fakeRuntime } from '../testing/fake-runtime.ts'
import type { Failures } from './failures.ts'
import { networkPerformers } from './network-adapter.ts'
import { Tickets } from './tickets.ts'

const lab = { clusterName: 'lab', order: undefined, peers: [] }
const labJson = '{"cluster_name":"lab","peers":[]}'
const self = { multiaddrs: ['/ip4/10.0.0.1/tcp/1'], authorization: 'Bearer x', observer: false, peerId: 'me', instance: 'i', name: 'Ada' }

function setup(answers: Partial<PeerRuntime> = {}) {
  const runtime = fakeRuntime(answers)
  const events: Event[] = []
  const logged: string[] = []
  const failures: Failures = {}
  const tickets = new Tickets()
  const over = new AbortController()
  const perform = networkPerformers({
    runtime,
    self,
    post: (event) => events.push(event),
    tickets,
    life: { stopped: over.signal },
    failures,
    log: (_level, text) => logged.push(text)
  })
  return { runtime, events, logged, failures, tickets, over, perform }
}

const settled = () => new Promise<void>((resolve) => setImmediate(resolve))
const stopped = (): never => {
  throw new RuntimeError('runtime-unavailable', 'it has stopped')
}

test('the allow-list is set before the effect is over', () => {
  const members = [{ peerId: 'a', multiaddrs: [] }]
  const { perform, runtime } = setup()
  perform['set-allowed']({ type: 'set-allowed', members })
  expect(runtime.calls).toEqual([['setAllowedPeers', members]])
})

test('commands that nobody waits for fail into the log', () => {
  const { perform, events, logged } = setup({
    setAllowedPeers: stopped,
    setHeartbeatTargets: stopped,
    dialNow: stopped,
    pushMembership: stopped
  })
  perform['set-allowed']({ type: 'set-allowed', members: [] })
  perform['set-targets']({ type: 'set-targets', peers: ['a'] })
  perform.dial({ type: 'dial', peer: 'a' })
  perform.push({ type: 'push', to: ['a'], document: lab })
  expect(logged).toHaveLength(4)
  expect(events).toEqual([])
})

test('a push names us as the author, and a hint only where there is one', () => {
  const { perform, runtime } = setup()
  perform.push({ type: 'push', to: ['a'], document: lab })
  perform.push({ type: 'push', to: ['b'], document: lab, handoverTo: 'b' })
  expect(runtime.calls).toEqual([
    ['pushMembership', ['a'], { managerPeerId: 'me', membershipJson: labJson }],
    ['pushMembership', ['b'], { managerPeerId: 'me', membershipJson: labJson, handoverTo: 'b' }]
  ])
})

test('a join says who we are and brings back the answer under its number', async () => {
  const requests: unknown[] = []
  const { perform, events } = setup({
    requestJoin: async (peer, request) => {
      requests.push([peer, request])
      return { kind: 'reject', reason: 'not the manager' }
    }
  })
  perform['request-join']({ type: 'request-join', clusterName: 'lab', no: 7, peer: 'm' })
  await settled()
  const request = { multiaddrs: self.multiaddrs, authorization: 'Bearer x', observer: false, instance: self.instance, name: 'Ada' }
  expect(requests).toEqual([['m', request]])
  expect(events).toEqual([{ type: 'join-answered', no: 7, outcome: { kind: 'refused', why: 'not-manager', reason: 'not the manager' } }])
})

test('an Accept whose document lists what is no peer, or is none, is no admission', async () => {
  const outcomes: unknown[] = []
  for (const membershipJson of ['{"cluster_name":"lab","peers":[{"peer_id":"nobody","multiaddrs":[],"join_ts_ns":1}]}', '{']) {
    const { perform, events } = setup({ requestJoin: async () => ({ kind: 'accept', membershipJson, successorToken: new Uint8Array(0) }) })
    perform['request-join']({ type: 'request-join', clusterName: 'lab', no: 7, peer: 'm' })
    await settled()
    outcomes.push(...events)
  }
  expect(outcomes).toEqual([
    { type: 'join-answered', no: 7, outcome: { kind: 'invalid', reason: 'it lists "nobody", which is no peer id' } },
    { type: 'join-answered', no: 7, outcome: { kind: 'invalid', reason: expect.stringMatching(/./) } }
  ])
})

test('a join that fails says whether it was for time, and remembers of what', async () => {
  for (const code of ['timeout', 'protocol'] as const) {
    const error = new RequestError(code, `no: ${code}`)
    const { perform, events, failures } = setup({ requestJoin: () => Promise.reject(error) })
    perform['request-join']({ type: 'request-join', clusterName: 'lab', no: 7, peer: 'm' })
    await settled()
    expect(events).toEqual([
      { type: 'join-answered', no: 7, outcome: { kind: 'failed', reason: `no: ${code}`, timedOut: code === 'timeout' } }
    ])
    expect(failures.network).toBe(error)
  }
})

test('an abandoned join is aborted and never answered; others go on', async () => {
  const signals: AbortSignal[] = []
  const { perform, events } = setup({
    requestJoin: (_peer, _request, options) => {
      const signal = options!.signal!
      signals.push(signal)
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    }
  })
  perform['request-join']({ type: 'request-join', clusterName: 'lab', no: 1, peer: 'm' })
  perform['request-join']({ type: 'request-join', clusterName: 'lab', no: 2, peer: 'm' })
  perform.abandon({ type: 'abandon', no: 1 })
  perform.abandon({ type: 'abandon', no: 9 })
  await settled()
  expect(signals.map(({ aborted }) => aborted)).toEqual([true, false])
  expect(events).toEqual([])
})

test('a leave is answered whatever came of it', async () => {
  for (const requestLeave of [() => Promise.resolve(), () => Promise.reject(new RequestError('timeout', 'no'))]) {
    const { perform, events } = setup({ requestLeave })
    perform['request-leave']({ type: 'request-leave', no: 3, peer: 'm' })
    await settled()
    expect(events).toEqual([{ type: 'leave-answered', no: 3 }])
  }
})

test('answers find those who asked', async () => {
  const { perform, tickets } = setup()
  const [accepted, rejected, left] = [tickets.take({}), tickets.take({}), tickets.take(false)]
  perform['answer-join']({ type: 'answer-join', ticket: accepted.ticket, answer: { kind: 'accept', document: lab } })
  perform['answer-join']({
    type: 'answer-join',
    ticket: rejected.ticket,
    answer: { kind: 'refuse', refusal: { why: 'refused', reason: 'no' } }
  })
  perform['answer-leave']({ type: 'answer-leave', ticket: left.ticket, acknowledged: true })
  expect(await accepted.answer).toEqual({ kind: 'accept', membershipJson: labJson, successorToken: new Uint8Array(0) })
  expect(await rejected.answer).toEqual({ kind: 'reject', reason: 'no' })
  expect(await left.answer).toBe(true)
})
