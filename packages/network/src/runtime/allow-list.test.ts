import { expect, test } from 'vitest'
import { AllowList } from './allow-list.ts'

test('a replacement tells what it changed', () => {
  const members = new AllowList()
  expect(members.replace([{ peerId: 'a', multiaddrs: ['/x'] }])).toEqual({ added: ['a'], removed: [], moved: [] })
  expect(
    members.replace([
      { peerId: 'b', multiaddrs: [] },
      { peerId: 'a', multiaddrs: ['/x', '/y'] }
    ])
  ).toEqual({ added: ['b'], removed: [], moved: ['a'] })
  expect(members.replace([{ peerId: 'a', multiaddrs: ['/y', '/x'] }])).toEqual({ added: [], removed: ['b'], moved: [] })
  expect([members.has('a'), members.has('b'), members.addresses('a'), members.addresses('b')]).toEqual([true, false, ['/y', '/x'], []])
})

test('a peer named twice has the addresses of both', () => {
  const members = new AllowList()
  members.replace([
    { peerId: 'a', multiaddrs: ['/x'] },
    { peerId: 'a', multiaddrs: ['/y', '/x'] }
  ])
  expect(members.peers()).toEqual(['a'])
  expect(members.addresses('a')).toEqual(['/x', '/y'])
})
