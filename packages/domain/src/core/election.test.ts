import { describe, expect, test } from 'vitest'
import { documentOf } from '../testing/scripted.ts'
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
