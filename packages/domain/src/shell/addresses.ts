import { join } from '@auki/network/protocols'

/** Whether all of them are multiaddrs, which other peers can read: the codec of the join decides. @throws CodecError 'invalid-multiaddr' */
export function checkMultiaddrs(multiaddrs: readonly string[]): void {
  join.encodeRequest({ multiaddrs, authorization: '', observer: false })
}
