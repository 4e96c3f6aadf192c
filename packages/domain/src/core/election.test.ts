import { describe, expect, test } from 'vitest'
import { documentOf, me, row, ScriptedPeer } from '../testing/scripted.ts'
import { decideManagerLossAction, electSuccessor } from './election.ts'

describe('who is nominated', () => {
  const membership = documentOf(['d', 'c', 'b', 'a'])

  test('the longest-standing member that is connected or ourselves', () => {
    expect(electSuccessor(membership, 'a', ['b', 'c'])).toBe('c')
    expect(electSuccessor(membership, 'a', [])).toBe('a')
    expect(electSuccessor(membership, 'x', [])).toBeUndefined()
  })

  test('equal join times fall back to the peer id; the order of the document does not matter', () => {
    const same = { peers: membership.peers.map((member) => ({ ...member, joinTsNs: 5n })) }
    expect(electSuccessor(same, 'd', ['a', 'b', 'c'])).toBe('a')
    expect(electSuccessor({ peers: [...same.peers].reverse() }, 'd', ['a', 'b', 'c'])).toBe('a')
  })

  test('never an observer', () => {
    expect(electSuccessor(documentOf(['v', 'b'], undefined, 1, ['v']), 'v', ['b'])).toBe('b')
    expect(electSuccessor(documentOf(['v'], undefined, 1, ['v']), 'v', [])).toBeUndefined()
  })
})

test('what a row means to one that lost its Manager, checked in this order', () => {
  expect(decideManagerLossAction(undefined, 'm', 'me')).toBe('electLocally')
  expect(decideManagerLossAction({ managerPeerId: 'm' }, 'm', 'me')).toBe('defer')
  expect(decideManagerLossAction({ managerPeerId: 'me' }, 'me', 'me')).toBe('defer')
  expect(decideManagerLossAction({ managerPeerId: 'me' }, 'm', 'me')).toBe('claim')
  expect(decideManagerLossAction({ managerPeerId: 'x' }, 'm', 'me')).toBe('follow')
})

describe('members that not everybody can reach', () => {
  const member = (peerId: string, joinTsNs: bigint, multiaddrs: readonly string[], indirect = false) => ({
    peerId,
    multiaddrs,
    joinTsNs,
    observer: false,
    ...(indirect ? { indirect } : {})
  })
  const home = ['/ip4/127.0.0.1/tcp/1', '/ip6/::1/tcp/1/ws', '/dns4/localhost/tcp/1']

  test('without any address they are no candidates, not even alone', () => {
    const peers = [member('n', 1n, []), member('b', 2n, ['/ip4/10.0.0.1/tcp/1'])]
    expect(electSuccessor({ peers }, 'n', ['b'])).toBe('b')
    expect(electSuccessor({ peers }, 'n', [])).toBeUndefined()
  })

  test('with loopback only, or heard by others only, they come after all others', () => {
    const far = ['/ip4/127.0.0.1/tcp/1', '/ip4/192.168.1.5/tcp/1']
    const peers = [member('h', 1n, home), member('i', 2n, far, true), member('b', 3n, far), member('c', 4n, ['/ip6/::10/tcp/1'])]
    const all = ['h', 'i', 'b', 'c']
    expect(electSuccessor({ peers }, 'x', all)).toBe('b')
    expect(electSuccessor({ peers }, 'x', ['h', 'i', 'c'])).toBe('c')
    expect(electSuccessor({ peers }, 'x', ['i', 'h'])).toBe('h')
  })
})

describe('an election among silent candidates', () => {
  test('two turns, then everybody creates within 500 ms, however many are left', () => {
    const others = Array.from({ length: 8 }, (_, index) => `peer-0${index}`)
    const peer = ScriptedPeer.follower(['peer-m', ...others, me])
    for (const other of others) peer.post({ type: 'connected', peer: other })
    peer.post({ type: 'disconnected', peer: 'peer-m' })
    peer.advance(1_600)
    peer.post({ type: 'watch-changed', change: 'swept', row: row('peer-m', 100) })
    const began = peer.monoMs
    while (!peer.kinds().includes('create-row') && peer.monoMs - began < 30_000) {
      peer.advance(100)
      if (peer.kinds().includes('read-row') && peer.take('read-row').length > 0) absent(peer)
    }
    expect(peer.monoMs - began).toBeGreaterThan(3_000)
    expect(peer.monoMs - began).toBeLessThanOrEqual(4_700)
  })

  test('then it creates again after the pause between two writes, also where Discovery answers no read', () => {
    const peer = ScriptedPeer.follower(['peer-m', me])
    peer.post({ type: 'disconnected', peer: 'peer-m' })
    peer.advance(1_600)
    peer.post({ type: 'watch-changed', change: 'swept', row: row('peer-m', 100) })
    const writes: number[] = []
    const began = peer.monoMs
    // Refused whenever it asks; until 4 s are over a read still shows no row, afterwards none is answered.
    while (peer.monoMs - began < 9_000) {
      const creates = peer.peek().filter((effect) => effect.type === 'create-row')
      const isLost = peer.monoMs - began > 5_000
      peer.take('log')
      for (const { no } of creates) {
        writes.push(peer.monoMs - began)
        peer.post({ type: 'row-created', no, outcome: { kind: 'trouble', reason: 'full' } })
        if (!isLost) peer.post({ type: 'watch-changed', change: 'swept', row: row('peer-m', 100) })
      }
      const read = peer.state.role.kind === 'following' ? peer.state.role.read : undefined
      const outcome = isLost ? ({ kind: 'trouble', reason: '500' } as const) : ({ kind: 'absent' } as const)
      if (read !== undefined) peer.post({ type: 'row-read', no: read.no, outcome, versioned: true })
      peer.advance(50)
    }
    const last = writes.filter((at) => at <= 5_000).at(-1)!
    expect(writes.filter((at) => at > last && at <= last + 2_600)).toHaveLength(1)
  })

  test('an observer, or a member without an address, waits for a row', () => {
    const peer = ScriptedPeer.follower(['peer-m', me], {}, { observer: true })
    peer.post({ type: 'disconnected', peer: 'peer-m' })
    peer.advance(1_600)
    peer.post({ type: 'watch-changed', change: 'swept', row: row('peer-m', 100) })
    for (let passed = 0; passed < 20_000; passed += 500) {
      peer.advance(500)
      expect(peer.kinds()).not.toContain('create-row')
      if (peer.take('read-row').length > 0) absent(peer)
    }
    expect(peer.view().role).toBe('unsettled')
  })
})

test('whom another process of its identity made an observer in the document is none: it creates', () => {
  const peer = ScriptedPeer.follower(['peer-m', me])
  const { document } = peer.state
  const looking = { ...document, peers: document.peers.map((member) => (member.peerId === me ? { ...member, observer: true } : member)) }
  peer.receive('peer-m', { ...looking, order: { epoch: 100, version: 9 } })
  expect(peer.view().membership.peers).toContainEqual(expect.objectContaining({ peerId: me, observer: true }))
  peer.post({ type: 'disconnected', peer: 'peer-m' })
  peer.advance(1_600)
  peer.post({ type: 'watch-changed', change: 'swept', row: row('peer-m', 100) })
  for (let passed = 0; passed < 6_000 && !peer.kinds().includes('create-row'); passed += 100) {
    peer.advance(100)
    if (peer.kinds().includes('read-row') && peer.take('read-row').length > 0) absent(peer)
  }
  expect(peer.kinds()).toContain('create-row')
})

function absent(peer: ScriptedPeer): void {
  const read = peer.state.role.kind === 'following' ? peer.state.role.read : undefined
  if (read !== undefined) peer.post({ type: 'row-read', no: read.no, outcome: { kind: 'absent' }, versioned: true })
}
