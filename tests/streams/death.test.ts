import type { PeerAddresses } from '@auki/network'
import { Program } from '@auki/testkit/processes'
import { expect, test } from 'vitest'
import { startPeer, until } from '../../packages/network/src/testing/peers.ts'
import { type Got, readAll } from './support.ts'

test('a producer that is killed in the middle of its stream: what arrived is whole and without a gap, then the connection is lost', async () => {
  const consumer = await startPeer()
  await using program = new Program<PeerAddresses>(new URL('./producer-process.ts', import.meta.url), {})
  const producer = await program.call<PeerAddresses>({ peerId: consumer.peerId, multiaddrs: consumer.multiaddrs })
  consumer.runtime.setAllowedPeers([producer])
  const subscription = await consumer.runtime.openStream(producer.peerId, { resourceId: 'cam' }, 'bytes')
  const got: Got[] = []
  const read = readAll(subscription, got)
  await until(() => got.length > 10)
  program.kill()
  const { entries, thrown, ended } = await read
  expect(entries).toEqual(entries.map((_, index) => ({ seq: BigInt(index), timestampNs: BigInt(index), bytes: 200_000 })))
  expect([thrown, ended]).toMatchObject([{ code: 'connection-lost' }, { kind: 'connection_lost' }])
  await until(() => consumer.facts().includes('disconnected'))
})
