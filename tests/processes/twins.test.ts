/** One identity in two processes, and somebody who posts rows in a Manager's name. */
import { fork } from 'node:child_process'
import { describe, expect, type TestContext, test, vi } from 'vitest'
import { eventually, type World, world } from '../integration/world.ts'

const patienceMs = 90_000 // a busy machine
const endsWithinMs = 45_000 // three rounds and 15 s, or a loss timeout and a rejoin

interface Told {
  readonly told: 'joined' | 'closed' | 'role'
  readonly code?: string
  readonly role?: string
}

interface Twin {
  readonly said: readonly Told[]
  /** Why it ended; `undefined`: it did not. */
  closed(): Told | undefined
}

/** Starts one; `finished` registers what is done after the test. */
async function twin({ discoveryUrl }: World, seed: number, finished: TestContext['onTestFinished']): Promise<Twin> {
  const child = fork(new URL('twin-process.ts', import.meta.url), [discoveryUrl, String(seed)], { execArgv: ['--conditions=@auki/source'] })
  finished(() => void child.kill('SIGKILL'))
  const said: Told[] = []
  child.on('message', (message) => void said.push(message as Told))
  await vi.waitFor(() => expect(said.map(({ told }) => told)).toContain('joined'), { timeout: patienceMs, interval: 20 })
  return { said, closed: () => said.find(({ told }) => told === 'closed') }
}

const unsettled = ({ said }: Twin): number => said.filter(({ role }) => role === 'unsettled').length
const ended = { told: 'closed', code: 'identity-in-use', role: 'ended' }
const inTime = <T>(look: () => T): Promise<T> => vi.waitFor(look, { timeout: endsWithinMs, interval: 50 })

// Each waits for most of its time.
describe.concurrent('each at the same time', () => {
  test('two members with one identity: the one that came first ends and is told why, the other stays', { timeout: patienceMs }, async ({
    onTestFinished
  }) => {
    await using w = await world()
    const { manager } = await w.join(1)
    const first = await twin(w, 2, onTestFinished)
    const second = await twin(w, 2, onTestFinished)
    await inTime(() => expect(first.closed()).toEqual(ended))
    await eventually(() => expect(second.said.filter(({ told }) => told === 'role').at(-1)?.role).not.toBe('unsettled'))
    expect(second.closed()).toBeUndefined()
    expect(unsettled(second)).toBeLessThanOrEqual(3)
    await eventually(() => expect(manager.peerCount).toBe(2))
  })

  test('two Managers with one identity: one ends and is told why, the other has the row', { timeout: patienceMs }, async ({
    onTestFinished
  }) => {
    await using w = await world()
    const twins = [await twin(w, 3, onTestFinished), await twin(w, 3, onTestFinished)]
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
