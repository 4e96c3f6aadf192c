import type { ClusterEvent } from '@auki/domain'
import { expect, test } from 'vitest'
import { Output } from './output.ts'
import { Pauses } from './pauses.ts'
import { fakeHost } from './testing/fake-host.ts'

const role = (role: string) => ({ type: 'role-changed', role }) as ClusterEvent

test('a presence that lost its cluster says how long, once it is back, and nothing at first', () => {
  const host = fakeHost()
  const pauses = new Pauses(new Output(host, { json: true }))
  pauses.follow(role('follower'), 100)
  pauses.follow(role('unsettled'), 1_000)
  pauses.follow({ type: 'member-left', peerId: 'm' } as ClusterEvent, 2_000)
  pauses.follow(role('headless'), 3_000)
  expect(host.printed.stdout).toBe('')
  pauses.follow(role('manager'), 5_500.4)
  pauses.follow(role('follower'), 6_000)
  expect(host.printed.stdout).toMatch(/^{"event":"resumed","atMs":\d+,"pauseMs":4500}\n$/)
})

test('people are told on stderr', () => {
  const host = fakeHost()
  const pauses = new Pauses(new Output(host, {}))
  pauses.follow(role('unsettled'), 0)
  pauses.follow(role('follower'), 700)
  expect(host.printed).toEqual({ stdout: '', stderr: 'auki: this peer goes on after 700 ms without a connection\n' })
})
