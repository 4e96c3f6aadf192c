/** Reserving a place at a relay, through which a peer behind a router can be reached. */
import { reasonOf } from '@auki/canonical'
import type { PeerRuntime } from '@auki/network'
import type { ManagerRelayReservation } from '../config.ts'
import { BootstrapError } from '../errors.ts'

export interface RelayPlace {
  /** Where we can be reached through the relay. */
  readonly circuitMultiaddr: string
  /** Where the relay itself can be reached. */
  readonly relayMultiaddr: string
}

/** @throws BootstrapError 'relay-reservation'; `signal.reason`. */
export async function reserveAtRelay(
  runtime: Pick<PeerRuntime, 'localPeerId' | 'reserveRelayCircuitAddr'>,
  { relayDialMultiaddr, relayAdvertiseMultiaddr, timeoutMs }: ManagerRelayReservation,
  signal: AbortSignal | undefined
): Promise<RelayPlace> {
  const dialled = relayIdOf(relayDialMultiaddr)
  const advertised = relayIdOf(relayAdvertiseMultiaddr)
  if (dialled === undefined || dialled !== advertised) {
    const message = `the relay to dial, ${relayDialMultiaddr}, and the one to advertise, ${relayAdvertiseMultiaddr}, must name the same relay: end both in /p2p/<its peer id>`
    throw new BootstrapError('relay-reservation', message, { relayDialMultiaddr, relayAdvertiseMultiaddr })
  }
  try {
    await runtime.reserveRelayCircuitAddr(relayDialMultiaddr, { timeoutMs, signal })
  } catch (cause) {
    signal?.throwIfAborted()
    throw new BootstrapError('relay-reservation', reasonOf(cause), { relayDialMultiaddr, timeoutMs }, { cause })
  }
  return {
    circuitMultiaddr: `${relayAdvertiseMultiaddr}/p2p-circuit/p2p/${runtime.localPeerId}`,
    relayMultiaddr: relayAdvertiseMultiaddr
  }
}

/** The peer id that the address of a relay ends in. */
function relayIdOf(multiaddr: string): string | undefined {
  return /\/p2p\/([^/]+)$/.exec(multiaddr)?.[1]
}
