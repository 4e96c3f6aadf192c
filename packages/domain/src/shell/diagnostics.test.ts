import { expect, test } from 'vitest'
import { DiagnosticInbox } from './diagnostics.ts'
import { inboxMax, inboxPerSenderMax } from './shell-settings.ts'

const send = (inbox: DiagnosticInbox, peerId: string, n: number) => inbox.push({ peerId, message: { topic: String(n), payloadJson: '{}' } })

test('messages are taken once, oldest first; a flood of many drops the oldest', () => {
  const inbox = new DiagnosticInbox()
  for (let n = 0; n < inboxMax + 2; n++) send(inbox, `p${n % 8}`, n)
  const taken = inbox.drain()
  expect(taken).toHaveLength(inboxMax)
  expect(taken[0]!.message.topic).toBe('2')
  expect(taken.at(-1)!.message.topic).toBe(String(inboxMax + 1))
  expect(inbox.drain()).toEqual([])
})

test('who floods the inbox displaces its own messages only', () => {
  const inbox = new DiagnosticInbox()
  send(inbox, 'honest', 0)
  for (let n = 0; n < 10_000; n++) send(inbox, 'flooder', n)
  const taken = inbox.drain()
  expect(taken).toHaveLength(1 + inboxPerSenderMax)
  expect(taken[0]!.peerId).toBe('honest')
  expect(taken.at(-1)!.message.topic).toBe('9999')
  expect(taken[1]!.message.topic).toBe(String(10_000 - inboxPerSenderMax))
})
