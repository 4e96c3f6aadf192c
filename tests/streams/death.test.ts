import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { PeerAddresses } from '@auki/network'
import { expect, test } from 'vitest'
import { startPeer, until } from '../../packages/network/src/testing/peers.ts'
import { type Got, readAll } from './support.ts'

test('a producer that is killed in the middle of its stream: what arrived is whole and without a gap, then the connection is lost', async () => {
  const consumer = await startPeer()
  const child = fork(join(import.meta.dirname, 'producer-process.ts'), { execArgv: ['--conditions=@auki/source'] })
  try {
    await once(child, 'message')
    child.send({ peerId: consumer.peerId, multiaddrs: consumer.multiaddrs })
    const [producer] = (await once(child, 'message')) as [PeerAddresses]
    consumer.runtime.setAllowedPeers([producer])
    const subscription = await consumer.runtime.openStream(producer.peerId, { resourceId: 'cam' }, 'bytes')
    const got: Got[] = []
    const read = readAll(subscription, got)
    await until(() => got.length > 10)
    child.kill('SIGKILL')
    const { entries, thrown, ended } = await read
    expect(entries).toEqual(entries.map((_, index) => ({ seq: BigInt(index), timestampNs: BigInt(index), bytes: 200_000 })))
    expect([thrown, ended]).toMatchObject([{ code: 'connection-lost' }, { kind: 'connection_lost' }])
    await until(() => consumer.facts().includes('disconnected'))
  } finally {
    child.kill('SIGKILL')
  }
})
