import { expect, test } from 'vitest'
import { DiagnosticInbox, inboxMax } from './diagnostics.ts'

test('messages are taken once, oldest first; a flood drops the oldest', () => {
  const inbox = new DiagnosticInbox()
  for (let n = 0; n < inboxMax + 2; n++) inbox.push({ peerId: 'p', message: { topic: String(n), payloadJson: '{}' } })
  const taken = inbox.drain()
  expect(taken).toHaveLength(inboxMax)
  expect(taken[0]!.message.topic).toBe('2')
  expect(taken.at(-1)!.message.topic).toBe(String(inboxMax + 1))
  expect(inbox.drain()).toEqual([])
})
