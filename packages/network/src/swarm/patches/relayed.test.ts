import type { RelayReservation } from '@libp2p/circuit-relay-v2'
import { peerIdFromString } from '@libp2p/peer-id'
import { expect, test } from 'vitest'
import { relayedLimit } from '../node-limits.ts'
import { Relayed } from './relayed.ts'

test('who was a member when it took its place and is none any more is limited again', () => {
  const peer = peerIdFromString('12D3KooWK99VoVxNE7XzyBwXEzW7xhK7Gpv85r9F3V3fyKSUKPH5')
  const place = { limit: relayedLimit } as RelayReservation
  const relayed = new Relayed()
  relayed.serve({ get: () => place, has: () => true })
  let isMember = true
  relayed.follow(() => isMember)
  relayed.judge(peer)
  expect(place.limit).toBeUndefined()
  isMember = false
  relayed.judge(peer)
  expect(place.limit).toEqual({ data: 131_072n, duration: 120_000 })
})
