import { join } from '@auki/network/protocols'

/** Whether all of them are multiaddrs, which other peers can read: the codec of the join decides. @throws CodecError 'invalid-multiaddr' */
export function checkMultiaddrs(multiaddrs: readonly string[]): void {
  // One by one: how many there may be is for those who use them to say.
  for (const address of multiaddrs) join.encodeRequest({ multiaddrs: [address], authorization: '', observer: false })
}
