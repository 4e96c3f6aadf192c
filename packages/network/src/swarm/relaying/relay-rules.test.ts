import { PeerIdentity } from '@auki/identity'
import { peerIdFromString } from '@libp2p/peer-id'
import { describe, expect, test } from 'vitest'
import { Places } from './relay-places.ts'
import { RelayRules } from './relay-rules.ts'

const ids = Array.from({ length: 12 }, (_, no) => PeerIdentity.fromSeed(new Uint8Array(32).fill(no + 1)).peerId)
const [manager, member, other, stranger] = ids as [string, string, string, string]
const peer = (peerId: string) => peerIdFromString(peerId)

function cluster() {
  const members = new Set([manager, member, other])
  return { members, known: { isMember: (id: string) => members.has(id), isManager: (id: string) => id === manager } }
}

describe('between two peers', () => {
  const { known } = cluster()
  test.each([
    ['members', member, other, {}, {}],
    ['a member and the Manager', member, manager, {}, {}],
    ['a stranger and the Manager', stranger, manager, {}, { limit: { bytes: 262_144, durationMs: 30_000, told: false } }],
    ['a stranger and a member', stranger, member, {}, undefined],
    ['a member and a stranger', member, stranger, {}, undefined],
    ['two strangers', stranger, ids[5]!, {}, undefined],
    ['an id that was configured and a member', stranger, member, { allow: [stranger] }, {}],
    ['two strangers at an open relay', stranger, ids[5]!, { open: true }, {}]
  ])('%s', (_, source, destination, terms, expected) => {
    expect(new RelayRules(terms, known).between(source, destination)).toEqual(expected)
  })

  test('a relay that knows no cluster carries a little for everybody, and says so', () => {
    expect(new RelayRules({}).between(stranger, member)).toEqual({ limit: { bytes: 131_072, durationMs: 120_000, told: true } })
  })
})

describe('places', () => {
  test('a stranger has half a minute; a member an hour; who is evicted, half a minute from then on', () => {
    const { members, known } = cluster()
    const rules = new RelayRules({}, known)
    const places = new Places()
    expect(places.take(peer(stranger), '10.0.0.1', rules, 0)).toBe(30_000)
    expect(places.take(peer(member), '10.0.0.2', rules, 0)).toBe(3_600_000)
    places.review(rules, 30_000)
    expect([places.has(stranger), places.has(member)]).toEqual([false, true])
    members.delete(member)
    places.review(rules, 100_000)
    places.review(rules, 129_999)
    expect(places.has(member)).toBe(true)
    places.review(rules, 130_000)
    expect(places.has(member)).toBe(false)
  })

  test('strangers at one address have eight; members there are not counted', () => {
    const rules = new RelayRules({}, cluster().known)
    const places = new Places()
    for (const id of ids.slice(3, 11)) expect(places.take(peer(id), '10.0.0.1', rules, 0)).toBe(30_000)
    expect(places.take(peer(ids[11]!), '10.0.0.1', rules, 0)).toBeUndefined()
    expect(places.take(peer(ids[11]!), '10.0.0.2', rules, 0)).toBe(30_000)
    expect(places.take(peer(member), '10.0.0.1', rules, 0)).toBe(3_600_000)
    // Renewing needs no other one.
    expect(places.take(peer(ids[3]!), '10.0.0.1', rules, 1)).toBe(30_000)
  })

  test('of a full relay a member gets the place of a stranger, and a stranger none', () => {
    const rules = new RelayRules({ members: 2 }, cluster().known)
    const places = new Places()
    places.take(peer(stranger), '10.0.0.1', rules, 0)
    places.take(peer(manager), '10.0.0.1', rules, 0)
    expect(places.take(peer(ids[5]!), '10.0.0.2', rules, 0)).toBeUndefined()
    expect(places.take(peer(member), '10.0.0.2', rules, 0)).toBe(3_600_000)
    expect(places.has(stranger)).toBe(false)
    expect(places.take(peer(other), '10.0.0.2', rules, 0)).toBeUndefined()
    expect(places.find(peer(member).toMultihash().bytes)?.toString()).toBe(member)
  })
})
