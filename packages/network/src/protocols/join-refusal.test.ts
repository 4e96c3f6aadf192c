import { expect, test } from 'vitest'
import { type JoinRefused, type Refusal, readRefusal, refusalText } from './join-refusal.ts'

test.each<[Refusal, string, JoinRefused['why']]>([
  [{ why: 'not-manager' }, 'not the manager', 'not-manager'],
  [{ why: 'identity-in-use' }, 'identity in use', 'identity-in-use'],
  [{ why: 'cluster-full' }, 'cluster full', 'refused'],
  [{ why: 'gate-silent' }, 'join handler timed out after 10s: the admit gate did not answer', 'transient'],
  [{ why: 'gate-failed' }, 'runtime: admit gate failed', 'transient'],
  [{ why: 'refused', reason: 'no badge' }, 'no badge', 'refused']
])('%o is "%s" on the wire, and means %s to the joiner', (refusal, text, why) => {
  expect(refusalText(refusal)).toBe(text)
  expect(readRefusal(text)).toEqual({ why, reason: text })
})

test.each([
  ['join handler timed out after 10s', 'transient'],
  ['runtime: stopped', 'transient'],
  ['join handler dropped without replying', 'transient'],
  ['Not the Manager', 'refused'],
  ['', 'refused']
])('"%s" of others means %s', (text, why) => expect(readRefusal(text)).toEqual({ why, reason: text }))
