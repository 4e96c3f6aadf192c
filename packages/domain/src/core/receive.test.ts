import { expect, test } from 'vitest'
import { documentOf, me, ScriptedPeer } from '../testing/scripted.ts'
import { encodeDocument } from './document.ts'

test('a document that the shell finds wrong is ignored, but its hint is heard', () => {
  const peer = ScriptedPeer.follower()
  const membershipJson = encodeDocument(documentOf(['peer-m', me, 'peer-z'], 100, 2))
  const document = { type: 'document-received', peer: 'peer-m', author: 'peer-m', membershipJson, handoverTo: me } as const
  peer.post({ ...document, invalid: 'it lists nobody' })
  expect(peer.peek()).toContainEqual(expect.objectContaining({ type: 'log', details: { from: 'peer-m', reason: 'it lists nobody' } }))
  expect(peer.take('read-row')).toHaveLength(1)
  expect(peer.view().membership.peers).toHaveLength(2)
  peer.post(document)
  expect(peer.view().membership.peers).toHaveLength(3)
})
