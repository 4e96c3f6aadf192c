import { ManualClock } from '@auki/canonical/testing'
import type { ParticipantInfo } from '@auki/network'
import { expect, test } from 'vitest'
import type { Event } from '../core/index.ts'
import { inboundHandlers } from './inbound.ts'
import { Tickets } from './tickets.ts'

function setup() {
  const clock = new ManualClock()
  const events: Event[] = []
  const heard: unknown[] = []
  const tickets = new Tickets()
  const handlers = inboundHandlers({
    post: (event) => events.push(event),
    clock,
    isBelieved: (peerId) => peerId === 'sender',
    tickets,
    clocks: { heard: (...args) => heard.push(['heard', events.length, ...args]), observed: (event) => heard.push(['observed', event]) },
    dataPlane: {
      participantInfo: () => ({ name: 'me' }) as ParticipantInfo,
      catalog: () => [],
      entry: async ({ kind, id, hash }) => ({ kind, id, hash, canonicalJson: '{}' })
    },
    seen: () => false,
    diagnostic: (...args) => heard.push(['diagnostic', ...args]),
    log: (_level, text, details) => heard.push(['log', details?.['reason'] ?? text])
  })
  return { clock, events, heard, tickets, handlers }
}

const empty = '{"cluster_name":"lab","peers":[]}'
const document = { clusterName: 'lab', order: undefined, peers: [] }
const request = { multiaddrs: ['/ip4/10.0.0.2/tcp/1'], authorization: 'Bearer x', observer: true, name: 'Zoë' }

test('a join request waits for the core under a ticket', async () => {
  const { events, handlers, tickets } = setup()
  const answer = handlers.join('joiner', request, new AbortController().signal)
  expect(events).toEqual([{ type: 'join-requested', ticket: 1, peer: 'joiner', ...request }])
  tickets.answer(1, { kind: 'reject', reason: 'cluster full' })
  expect(await answer).toEqual({ kind: 'reject', reason: 'cluster full' })
})

test('a joiner that is gone is reported once, before its answer only', async () => {
  const { events, handlers, tickets } = setup()
  const gone = new AbortController()
  void handlers.join('joiner', request, gone.signal)
  gone.abort()
  expect(events.slice(1)).toEqual([{ type: 'join-abandoned', ticket: 1 }])
  expect(tickets.size).toBe(0)
  const late = new AbortController()
  const answer = handlers.join('joiner', request, late.signal)
  tickets.answer(2, { kind: 'reject', reason: 'no' })
  await answer
  late.abort()
  expect(events.filter(({ type }) => type === 'join-abandoned')).toHaveLength(1)
})

test('a joiner that is gone before we look is asked about and abandoned', () => {
  const { events, handlers, tickets } = setup()
  void handlers.join('joiner', request, AbortSignal.abort())
  expect(events.map(({ type }) => type)).toEqual(['join-requested', 'join-abandoned'])
  expect(tickets.size).toBe(0)
})

test('the sender of everything is the authenticated one', async () => {
  const { events, heard, handlers, tickets } = setup()
  const acknowledged = handlers.leave('leaver')
  tickets.answer(1, true)
  expect(await acknowledged).toBe(true)
  handlers.leaveAcknowledged('leaver')
  handlers.membership('sender', { managerPeerId: 'author', membershipJson: empty })
  handlers.membership('sender', { managerPeerId: 'author', membershipJson: empty, handoverTo: 'next' })
  handlers.diagnostic('sender', { topic: 't', payloadJson: '1' })
  expect(events).toEqual([
    { type: 'leave-requested', ticket: 1, peer: 'leaver' },
    { type: 'leave-acknowledged', peer: 'leaver' },
    { type: 'document-received', peer: 'sender', author: 'author', document },
    { type: 'handover-hinted', peer: 'sender' },
    { type: 'document-received', peer: 'sender', author: 'author', document }
  ])
  expect(heard).toEqual([['diagnostic', 'sender', { topic: 't', payloadJson: '1' }]])
})

test('what is no document, or lists what is no peer, is told to the log only; a hint that came with it counts', () => {
  const { events, heard, handlers } = setup()
  const listing = (peerId: string) => `{"cluster_name":"lab","peers":[{"peer_id":"${peerId}","multiaddrs":[],"join_ts_ns":1}]}`
  const real = '12D3KooWK99VoVxNE7XzyBwXEzW7xhK7Gpv85r9F3V3fyKSUKPH5'
  const push = (membershipJson: string, more = {}) => handlers.membership('sender', { managerPeerId: 'sender', membershipJson, ...more })
  push(listing(real))
  expect(events).toMatchObject([{ type: 'document-received', document: { peers: [{ peerId: real }] } }])
  expect(heard).toEqual([])
  for (const text of [...['nobody', `${real}x`, 'x'.repeat(1_000)].map(listing), '{']) push(text)
  push(listing('nobody'), { handoverTo: 'next' })
  expect(events.slice(1)).toEqual([{ type: 'handover-hinted', peer: 'sender' }])
  expect(heard).toEqual([
    ['log', 'it lists "nobody", which is no peer id'],
    ['log', expect.stringContaining('which is no peer id')],
    ['log', `it lists "${'x'.repeat(64)}", which is no peer id`],
    ['log', expect.stringMatching(/./)],
    ['log', 'it lists "nobody", which is no peer id']
  ])
})

test('documents of whom nobody believes are judged once a second', () => {
  const { clock, events, handlers } = setup()
  for (const name of ['1', '2', '3']) handlers.membership('other', { managerPeerId: 'other', membershipJson: empty.replace('lab', name) })
  expect(events).toMatchObject([{ document: { clusterName: '1' } }])
  clock.advance(1_000)
  expect(events.slice(1)).toMatchObject([{ type: 'document-received', peer: 'other', document: { clusterName: '3' } }])
})

test('a joiner with more addresses than its line has room for is heard with those that fit', () => {
  const { events, handlers } = setup()
  const multiaddrs = Array.from({ length: 40 }, (_, index) => `/ip4/10.0.0.${index}/tcp/4001`)
  void handlers.join('joiner', { ...request, multiaddrs }, new AbortController().signal)
  expect(events).toEqual([{ type: 'join-requested', ticket: 1, peer: 'joiner', ...request, multiaddrs: multiaddrs.slice(0, 16) }])
})

test('what a heartbeat says about clocks is heard after what it says about the Manager', () => {
  const { events, heard, handlers } = setup()
  const heartbeat = { sentAtUnixNs: 1n, clockId: 'c', clockHash: 'h', sequence: 1n, sentAtClockNs: 2n }
  const domainClock = {
    clusterName: 'lab',
    domainClockId: 'd',
    domainClockHash: 'dh',
    backingPeerId: 'm',
    backingClockId: 'b',
    backingClockHash: 'bh',
    backingToDomainOffsetNs: 0n,
    backingToDomainUncertaintyNs: 0n
  }
  handlers.liveness({ type: 'heartbeat-received', peerId: 'm', heartbeat: { ...heartbeat, domainClock }, receivedAtClockNs: 3n })
  handlers.liveness({
    type: 'heartbeat-received',
    peerId: 'f',
    heartbeat: { ...heartbeat, membership: { epoch: 1, version: 2 } },
    receivedAtClockNs: 3n
  })
  expect(events).toEqual([
    { type: 'heartbeat-received', peer: 'm' },
    { type: 'heartbeat-received', peer: 'f', membership: { epoch: 1, version: 2 } }
  ])
  expect(heard).toEqual([['heard', 1, 'm', domainClock]])
})

test('facts about connections become events, a stalled write becomes a line in the log', () => {
  const { events, heard, handlers } = setup()
  handlers.liveness({ type: 'connected', peerId: 'a' })
  handlers.liveness({ type: 'heartbeat-stream-closed', peerId: 'a' })
  handlers.liveness({ type: 'disconnected', peerId: 'a' })
  handlers.liveness({ type: 'heartbeat-write-stalled', peerId: 'a', waitedMs: 700 })
  expect(events).toEqual([
    { type: 'connected', peer: 'a' },
    { type: 'heartbeat-stream-closed', peer: 'a' },
    { type: 'disconnected', peer: 'a' }
  ])
  expect(heard).toEqual([['log', 'a heartbeat to a took 700 ms to write: the connection is slow']])
})

test('questions about us are answered by the data plane', async () => {
  const { handlers } = setup()
  expect(handlers.info('asker')).toEqual({ name: 'me' })
  expect(handlers.resources('asker', {})).toEqual([])
  expect(await handlers.registry('asker', { kind: 'clock', id: 'c', hash: 'h' })).toMatchObject({ kind: 'clock', id: 'c' })
})
