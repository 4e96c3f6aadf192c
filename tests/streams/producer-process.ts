/** A producer in a process of its own, so that it can be killed: lets in whom it is called to, answers where it is, and streams without end. */
import { emptyManifest, type PeerAddresses, type StreamItem } from '@auki/network'
import { initOf, onCall } from '@auki/testkit/processes'
import { startBarePeer } from '../../bench/support/bare-peer.ts'

async function* frames(): AsyncGenerator<StreamItem<'bytes'>> {
  for (let at = 0n; ; at++) yield { timestampNs: at, payload: new Uint8Array(200_000) }
}

const serve = () => ({ accept: { kind: 'bytes', manifest: { ...emptyManifest, resourceId: 'cam' }, source: frames() } }) as const
const { runtime, addresses } = await startBarePeer({ streamProvider: serve, listen: ['/ip4/127.0.0.1/tcp/0'] })
initOf()
onCall((consumer: PeerAddresses): PeerAddresses => {
  runtime.setAllowedPeers([consumer])
  return addresses
})
