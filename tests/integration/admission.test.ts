import type { AdmitGate } from '@auki/domain'
import { expect, test } from 'vitest'
import { eventually, someone, world } from './world.ts'

test('the gate sees who asks with what, and its reason is what the joiner hears', async () => {
  await using w = await world()
  const asked: unknown[] = []
  const admitGate: AdmitGate = {
    async check(peerId, authorization, { name }) {
      asked.push([peerId, authorization, name])
      return authorization === 'Bearer yes' ? { ok: true } : { ok: false, reason: 'members only, sorry' }
    }
  }
  const a = await w.join(1, { admitGate })
  await expect(w.join(2, { joinAuthorization: 'Bearer no' })).rejects.toMatchObject({
    code: 'rejected',
    details: { reason: 'members only, sorry' }
  })
  const b = await w.join(2, { joinAuthorization: 'Bearer yes' })
  expect(asked).toEqual([
    [b.peerId, 'Bearer no', 'peer 2'],
    [b.peerId, 'Bearer yes', 'peer 2']
  ])
  expect(a.manager.peerCount).toBe(2)
})

test('a gate that fails lets nobody in', async () => {
  await using w = await world()
  const a = await w.join(1, { admitGate: { check: () => Promise.reject(new Error('database is down')) } })
  await expect(w.join(2)).rejects.toMatchObject({ code: 'rejected', details: { reason: 'runtime: admit gate failed' } })
  expect(a.manager.peerCount).toBe(1)
})

test('a full cluster says so; a member that comes again is no newcomer', async () => {
  await using w = await world()
  await w.join(1, { settings: { preset: 'lan', maxMembers: 2 } })
  await w.join(2)
  await expect(w.join(3)).rejects.toMatchObject({ code: 'rejected', details: { reason: 'cluster full' } })
})

test('only the Manager admits by itself, and nobody twice', async () => {
  await using w = await world()
  const [a, b] = [await w.join(1), await w.join(2)]
  const { peerId } = someone(9).identity
  await expect(b.manager.admitPeer(peerId, [])).rejects.toMatchObject({
    code: 'not-manager',
    details: { cluster: 'lab', manager: a.peerId }
  })
  await expect(a.manager.admitPeer(b.peerId, [])).rejects.toMatchObject({ code: 'already-member', details: { peer: b.peerId } })
  await expect(a.manager.admitPeer('nobody', [])).rejects.toMatchObject({ code: 'runtime' })
  await expect(a.manager.admitPeer(peerId, ['nowhere'])).rejects.toMatchObject({ code: 'runtime' })
  const reason = new Error('no')
  await expect(a.manager.admitPeer(peerId, [], { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  expect(a.manager.peerCount).toBe(2)
  const member = await a.manager.admitPeer(peerId, ['/ip4/127.0.0.1/tcp/1'])
  expect(member).toMatchObject({ peerId, multiaddrs: ['/ip4/127.0.0.1/tcp/1'], observer: false })
  expect(a.manager.membership.peers.at(-1)).toEqual(member)
})

test('every member knows what the others call themselves, cleaned and cut', async () => {
  await using w = await world()
  const a = await w.join(1, { daemonInfo: { name: '\u202eAda\u0000' } })
  const b = await w.join(2, { daemonInfo: { name: '🤖'.repeat(200) } })
  const c = await w.join(3, { daemonInfo: { name: '' } })
  const names = [
    [a.peerId, 'Ada'],
    [b.peerId, '🤖'.repeat(128)],
    [c.peerId, undefined]
  ]
  for (const { manager } of [a, b, c])
    await eventually(() => expect(manager.membership.peers.map(({ peerId, name }) => [peerId, name])).toEqual(names))
})
