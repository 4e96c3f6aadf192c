import { join } from '@auki/network/protocols'

/** Checks that other peers will accept these as multiaddrs, with the codec of JoinRequest. @throws CodecError 'invalid-multiaddr' */
export function checkMultiaddrs(multiaddrs: readonly string[]): void {
  // One by one, as the codec also limits how many a JoinRequest may have; callers have limits of their own.
  for (const address of multiaddrs) join.encodeRequest({ multiaddrs: [address], authorization: '', observer: false })
}
