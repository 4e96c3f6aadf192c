import { expect, test } from 'vitest'
import type { RoleName, View } from '../core/index.ts'
import { fakeRuntime } from '../testing/fake-runtime.ts'
import { documentOf } from '../testing/scripted.ts'
import { witness } from './witness.ts'

const { signal } = new AbortController()

function answering(
  role: RoleName | undefined,
  options: { connected?: boolean; says?: Promise<boolean>; members?: readonly string[] } = {}
) {
  const { connected = true, says = Promise.resolve(true), members = ['me', 'suspect'] } = options
  const asked: unknown[] = []
  const runtime = fakeRuntime({
    isConnected: () => connected,
    requestSeen: (peerId, request) => {
      asked.push([peerId, request])
      return says
    }
  })
  const view: View = {
    ...{ role, isManager: role === 'manager', managerPeerId: 'm', clusterName: 'lab', relayMultiaddrs: [] },
    membership: documentOf(members, 1)
  }
  return { asked, answer: witness({ localPeerId: 'me', runtime: () => runtime, view: () => view }) }
}

test.each(['manager', 'headless', 'follower', 'unsettled'] as const)('says that it is here as %s', async (role) => {
  expect(await answering(role).answer('witness', { cluster: 'lab' }, signal)).toBe(true)
})

test.each([undefined, 'ended'] as const)('says that it is not here as %s', async (role) => {
  expect(await answering(role).answer('witness', { cluster: 'lab' }, signal)).toBe(false)
})

test('is not in another cluster, nor where its own document does not list it', async () => {
  expect(await answering('follower').answer('witness', { cluster: 'other' }, signal)).toBe(false)
  expect(await answering('follower', { members: ['suspect'] }).answer('witness', { cluster: 'lab' }, signal)).toBe(false)
})

test('a witness asks the suspect itself, and says what that says', async () => {
  for (const seen of [true, false]) {
    const { answer, asked } = answering('follower', { says: Promise.resolve(seen) })
    expect(await answer('manager', { suspect: 'suspect' }, signal)).toBe(seen)
    expect(asked).toEqual([['suspect', { cluster: 'lab' }]])
  }
})

test('a witness without a connection asks nobody', async () => {
  const { answer, asked } = answering('follower', { connected: false })
  expect(await answer('manager', { suspect: 'suspect' }, signal)).toBe(false)
  expect(asked).toEqual([])
})

test('a suspect that does not answer is not seen', async () => {
  const { answer } = answering('follower', { says: Promise.reject(new Error('no such protocol')) })
  expect(await answer('manager', { suspect: 'suspect' }, signal)).toBe(false)
})
