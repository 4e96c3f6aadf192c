/** Taking a place at a relay, over a connection to it. */
import type { Connection } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import { Substream } from '../../exchange/substream.ts'
import { circuitStatus, decodeHopAnswer, encodeReserve, HOP_PROTOCOL_ID } from '../../protocols/circuit.ts'
import { readMessage, writeMessage } from './one-message.ts'

/** Asks for a place, or renews it. @returns where the relay says that it can be reached. @throws Error with its refusal; `signal.reason` */
export async function reserve(connection: Connection, signal: AbortSignal): Promise<string[]> {
  if (!connection.direct) throw new Error('it is itself reached through a relay')
  const substream = new Substream(await connection.newStream(HOP_PROTOCOL_ID, { signal }))
  try {
    await writeMessage(substream, encodeReserve(), signal)
    const { payload } = await readMessage(substream, signal)
    const { status, reservation } = decodeHopAnswer(payload)
    if (status !== circuitStatus.ok || reservation === undefined) throw new Error(refusals[status] ?? `it answers ${status}`)
    return reservation.addresses.flatMap(addressOf)
  } finally {
    // Gracefully, for relays that read to the end.
    substream.close().catch((error) => substream.reset(error))
  }
}

const refusals: Readonly<Record<number, string>> = {
  [circuitStatus.refused]: 'it has no room for us',
  [circuitStatus.full]: 'it has no room for us',
  [circuitStatus.denied]: 'it does not serve us'
}

function addressOf(bytes: Uint8Array): string[] {
  try {
    return [multiaddr(bytes).toString()]
  } catch {
    return []
  }
}
