/** A producer in a process of its own, so that it can be killed: lets in whom it is told to over IPC, says where it is, and streams without end. */
import { emptyManifest, type PeerAddresses, type StreamItem } from '@auki/network'
import { startBarePeer } from '../../bench/support/bare-peer.ts'

async function* frames(): AsyncGenerator<StreamItem<'bytes'>> {
  for (let at = 0n; ; at++) yield { timestampNs: at, payload: new Uint8Array(200_000) }
}

const serve = () => ({ accept: { kind: 'bytes', manifest: { ...emptyManifest, resourceId: 'cam' }, source: frames() } }) as const
const { runtime, addresses } = await startBarePeer({ streamProvider: serve, listen: ['/ip4/127.0.0.1/tcp/0'] })
process.on('disconnect', () => process.exit())
process.on('message', (consumer: PeerAddresses) => {
  runtime.setAllowedPeers([consumer])
  process.send!(addresses)
})
process.send!('started')
