/** One identity in two processes, and somebody who posts rows in a Manager's name. */
import { describe, expect, test, vi } from 'vitest'
import { type RemotePeer, remotePeer } from '../integration/remote-peer.ts'
import { eventually, world } from '../integration/world.ts'

const patienceMs = 90_000 // a busy machine
const endsWithinMs = 45_000 // three rounds and 15 s, or a loss timeout and a rejoin

const unsettled = ({ said }: RemotePeer): number => said.filter(({ role }) => role === 'unsettled').length
const ended = { told: 'closed', code: 'identity-in-use', role: 'ended' }
const inTime = <T>(look: () => T): Promise<T> => vi.waitFor(look, { timeout: endsWithinMs, interval: 50 })

// Each waits for most of its time.
describe.concurrent('each at the same time', () => {
  test('two members with one identity: the one that came first ends and is told why, the other stays', {
    timeout: patienceMs
  }, async (context) => {
    await using w = await world()
    const { manager } = await w.join(1)
    const first = await remotePeer(w.discoveryUrl, 2, context)
    const second = await remotePeer(w.discoveryUrl, 2, context)
    await inTime(() => expect(first.closed()).toEqual(ended))
    await eventually(() => expect(second.said.filter(({ told }) => told === 'role').at(-1)?.role).not.toBe('unsettled'))
    expect(second.closed()).toBeUndefined()
    expect(unsettled(second)).toBeLessThanOrEqual(3)
    await eventually(() => expect(manager.peerCount).toBe(2))
  })

  test('two Managers with one identity: one ends and is told why, the other has the row', { timeout: patienceMs }, async (context) => {
    await using w = await world()
    const twins = [await remotePeer(w.discoveryUrl, 3, context), await remotePeer(w.discoveryUrl, 3, context)]
    await inTime(() => expect(twins.filter((one) => one.closed() !== undefined)).toHaveLength(1))
    expect(twins.flatMap((one) => one.closed() ?? [])).toEqual([ended])
    const { manager } = await w.join(1)
    await eventually(() => expect(manager).toMatchObject({ role: 'follower', peerCount: 2 }))
    expect(w.commits.map(({ event }) => event)).not.toContain('deleted')
  })

  test('one POST with a foreign instance: the Manager is Manager again within seconds, and loses nobody', {
    timeout: patienceMs
  }, async () => {
    await using w = await world()
    const [a, b] = [await w.join(1), await w.join(2)]
    for (const instance of ['foreign', undefined, 'foreign']) {
      const claim = { manager_peer_id: a.peerId, manager_multiaddrs: a.manager.localMultiaddrs, ...(instance && { instance }) }
      const headers = { 'content-type': 'application/json' }
      const answer = await fetch(`${w.discoveryUrl}/clusters/lab/manager`, { method: 'POST', body: JSON.stringify(claim), headers })
      expect(answer.status).toBe(200)
      const { revision } = (await answer.json()) as { revision: number }
      await eventually(() => {
        expect(a.manager).toMatchObject({ role: 'manager', isManager: true, peerCount: 2 })
        expect(a.manager.membership.epoch).toBeGreaterThanOrEqual(revision)
        expect(b.manager).toMatchObject({ role: 'follower', managerPeerId: a.peerId })
        expect(b.manager.membership.epoch).toBe(a.manager.membership.epoch)
      })
    }
    expect(a.heard).not.toContainEqual(expect.objectContaining({ type: 'member-left' }))
    expect(a.heard).not.toContainEqual({ type: 'left' })
  })
})
