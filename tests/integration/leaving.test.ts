import { fork } from 'node:child_process'
import { on } from 'node:events'
import { DiscoveryClient } from '@auki/domain'
import { describe, expect, test } from 'vitest'
import { remotePeer } from './remote-peer.ts'
import { eventually, someone, world } from './world.ts'

// Each waits for most of its time, for a row to be swept or a member to be missed.
describe.concurrent('leaving, in clusters side by side', () => {
  test('the last one takes the row along', async () => {
    await using w = await world()
    const a = await w.join(1)
    await a.domain.leave()
    expect(await new DiscoveryClient(w.discoveryUrl).get('lab')).toEqual({ kind: 'absent' })
    expect(w.commits.map(({ event }) => event)).toEqual(['created', 'deleted'])
    expect(a.heard.at(-1)).toEqual({ type: 'left' })
    expect(await a.domain.closed).toBeUndefined()
  })

  test('a member that leaves is gone from the document; the others hear of it', async () => {
    await using w = await world()
    const [a, b, c] = [await w.join(1), await w.join(2), await w.join(3)]
    await eventually(() => expect(b.manager.peerCount).toBe(3))
    await c.domain.leave()
    await eventually(() => {
      for (const { heard } of [a, b]) expect(heard).toContainEqual({ type: 'member-left', peerId: c.peerId })
    })
    expect(a.manager.membership.peers.map(({ peerId }) => peerId)).toEqual([a.peerId, b.peerId])
  })

  test('a Manager that leaves hands over to the longest-standing member, without a sweep', async () => {
    await using w = await world()
    const [a, b, c] = [await w.join(1), await w.join(2), await w.join(3)]
    await eventually(() => expect(b.manager.peerCount).toBe(3))
    await a.domain.leave()
    await eventually(() => {
      expect(b.manager).toMatchObject({ isManager: true, peerCount: 2 })
      expect(c.manager).toMatchObject({ role: 'follower', managerPeerId: b.peerId, peerCount: 2 })
    })
    expect(b.heard).toContainEqual({ type: 'role-changed', role: 'manager' })
    expect(c.heard).toContainEqual({ type: 'manager-changed', managerPeerId: b.peerId })
    expect(w.commits.map(({ event }) => event)).not.toContain('swept')
    expect(a.manager.isManager).toBe(false)
  })

  test('a Manager that is killed is replaced after the sweep, and can come back', async (context) => {
    await using w = await world()
    const killed = someone(1).identity.peerId
    const remote = await remotePeer(w.discoveryUrl, 1, context)
    const [b, c] = [await w.join(2), await w.join(3)]
    await eventually(() => expect(b.manager).toMatchObject({ managerPeerId: killed, peerCount: 3 }))
    remote.kill()
    await eventually(() => {
      expect(b.manager.isManager).toBe(true)
      expect(c.manager.managerPeerId).toBe(b.peerId)
    })
    expect(w.commits.map(({ event }) => event)).toContain('swept')
    // A Manager that lost its row stays a member until its process is found gone.
    await eventually(() => expect(b.manager.membership.peers.map(({ peerId }) => peerId)).toEqual([b.peerId, c.peerId]))
    const back = await w.join(1)
    expect(back.manager).toMatchObject({ role: 'follower', managerPeerId: b.peerId, peerCount: 3 })
  })

  test('a follower that is killed is evicted', async (context) => {
    await using w = await world()
    const a = await w.join(1)
    const remote = await remotePeer(w.discoveryUrl, 2, context)
    expect(a.manager.peerCount).toBe(2)
    remote.kill()
    await eventually(() => expect(a.heard).toContainEqual({ type: 'member-left', peerId: someone(2).identity.peerId }))
    expect(a.manager).toMatchObject({ isManager: true, peerCount: 1 })
  })

  test('the row of an abandoned Manager is swept', async ({ onTestFinished }) => {
    await using w = await world()
    const script = new URL('../../packages/domain/src/testing/abandon-child.ts', import.meta.url)
    const child = fork(script, [w.discoveryUrl], { execArgv: ['--expose-gc', '--conditions=@auki/source'] })
    onTestFinished(() => void child.kill('SIGKILL'))
    // What it warns of may come first.
    for await (const [told] of on(child, 'message')) if (told.joined) break
    child.send('drop everything')
    await eventually(() => expect(w.commits.map(({ event }) => event)).toEqual(['created', 'swept']))
  })

  test('a join that is aborted while it waits leaves nothing behind', async (context) => {
    await using w = await world()
    const remote = await remotePeer(w.discoveryUrl, 1, context)
    remote.kill()
    // The row still names a Manager that is dead: the joiner waits for the sweep.
    const abort = new AbortController()
    const joining = w.join(2, { settings: { preset: 'lan', joinerGraceMs: 60_000 } }, { signal: abort.signal })
    const reason = new Error('too long')
    setImmediate(() => abort.abort(reason))
    await expect(joining).rejects.toBe(reason)
    await eventually(async () => expect(await new DiscoveryClient(w.discoveryUrl).get('lab')).toEqual({ kind: 'absent' }))
    expect(w.commits.map(({ event }) => event)).toEqual(['created', 'swept'])
  })
})
