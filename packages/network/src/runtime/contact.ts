/** How a peer is reached, when it was last heard, and how long the way there and back takes. */
import { abortable, reasonOf } from '@auki/canonical'
import { ResetError } from '../exchange/exchange-errors.ts'
import type { EnsureConnected } from '../exchange/outgoing.ts'
import type { CallOptions } from '../protocols/call-options.ts'
import type { Connections } from './connections.ts'
import { requestError } from './requests.ts'

/** How a connected peer is reached. */
export interface PeerContact {
  /** The other end of the connection that is used, without the peer's id; of a relayed one it is the relay's, and ends in `/p2p-circuit`. */
  readonly multiaddr: string
  /** Through a relay. */
  readonly relayed: boolean
  /** Since bytes last came from the peer, over whichever connection. ms */
  readonly silentMs: number
}

export interface ContactNeeds {
  readonly connections: Connections
  readonly connect: EnsureConnected
  readonly nowMs: () => number
}

/** `undefined`: it is not connected. */
export function contactOf({ connections, nowMs }: ContactNeeds, peerId: string): PeerContact | undefined {
  const used = connections.best(peerId)
  if (used === undefined) return undefined
  const heardAtMs = Math.max(...connections.of(peerId).map((connection) => connections.pulse(connection).heardAtMs))
  const multiaddr = used.remoteAddr.toString()
  return {
    multiaddr: multiaddr.replace(`/p2p/${peerId}`, ''),
    relayed: multiaddr.includes('/p2p-circuit'),
    silentMs: nowMs() - heardAtMs
  }
}

/** Resolves to the round trip, ms, over the connection that is used; a member is dialled for it. @throws RequestError 'open-stream'; `signal.reason` */
export async function roundTrip(
  { connections, connect }: ContactNeeds,
  peerId: string,
  { signal = new AbortController().signal }: CallOptions
): Promise<number> {
  signal.throwIfAborted()
  try {
    await connect(peerId, signal)
    const used = connections.best(peerId)
    if (used === undefined) throw new ResetError('not connected')
    return await abortable(connections.pulse(used).roundTrip(), signal)
  } catch (cause) {
    signal.throwIfAborted()
    throw requestError({ code: 'open-stream', peerId, protocol: 'ping', what: reasonOf(cause), cause, details: { reason: 'io' } })
  }
}
