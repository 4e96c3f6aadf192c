import type { Connection } from '@libp2p/interface'
import { expect, test } from 'vitest'
import type { SwarmNode } from '../swarm/swarm.ts'
import { ManualTimers } from '../testing/manual-timers.ts'
import { testEnv } from '../testing/test-env.ts'
import { Visibility } from './visibility.ts'

const own = '/ip4/192.168.2.11/tcp/4001'
const router = '/ip4/198.51.100.7/tcp/50000'

function start() {
  const timers = new ManualTimers()
  const said = new Map<Connection, string>()
  const candidates = [own]
  const node = { candidates: () => candidates, seenAt: async (connection: Connection) => said.get(connection) }
  const visibility = new Visibility({ env: testEnv(timers), node: node as unknown as SwarmNode })
  const hear = async (peerId: string, seenAt: string): Promise<void> => {
    const connection = { remotePeer: peerId, direct: true, status: 'open' } as unknown as Connection
    said.set(connection, seenAt)
    visibility.look([connection])
    await timers.advance(0)
    visibility.look([])
  }
  return { visibility, hear, candidates }
}

test('behind a router: hidden, and still so when only neighbours are left to ask', async () => {
  const { visibility, hear } = start()
  expect(visibility.hidden).toBe(false)
  await hear('relay', router)
  expect(visibility.hidden).toBe(true)
  await hear('neighbour', own)
  expect(visibility.hidden).toBe(true)
})

test('who has said so takes it back, or our addresses change: not hidden any more', async () => {
  const { visibility, hear, candidates } = start()
  await hear('relay', router)
  await hear('relay', own)
  expect(visibility.hidden).toBe(false)
  await hear('relay', router)
  candidates.splice(0, 1, '/ip4/203.0.113.5/tcp/4001')
  await hear('neighbour', '/ip4/203.0.113.5/tcp/4001')
  expect(visibility.hidden).toBe(false)
})
