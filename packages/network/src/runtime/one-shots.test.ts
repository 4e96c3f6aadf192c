import { expect, test } from 'vitest'
import * as limits from '../protocols/limits.ts'
import type { Protocol } from '../protocols/one-shot.ts'
import { pushes, questions } from '../protocols/one-shots.ts'
import { nodeOf } from '../swarm/swarm.ts'
import { startPeer } from '../testing/peers.ts'

const records: [string, Protocol & { readonly handler: string; readonly deadlines: Readonly<Record<string, string>> }][] = [
  ...Object.entries(questions),
  ...Object.entries(pushes)
]

test('what is in the list is served by a runtime, and asked by its name there', async () => {
  const peer = await startPeer()
  const { libp2p } = nodeOf(peer.swarm)
  for (const [name, { id }] of records) {
    expect(libp2p.getProtocols()).toContain(id)
    expect(peer.runtime).toHaveProperty(name, expect.any(Function))
  }
})

test('no two records share an id or a handler, and their deadlines are known', () => {
  for (const key of ['id', 'handler'] as const) expect(new Set(records.map(([, record]) => record[key])).size).toBe(records.length)
  for (const [, { deadlines }] of records)
    for (const name of Object.values(deadlines)) expect(limits).toHaveProperty(name, expect.any(Number))
})
