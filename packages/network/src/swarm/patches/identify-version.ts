/**
 * The protocol version that identify tells.
 *
 * libp2p derives its text from the prefix of the protocol id, which must stay the standard one, or nobody could ask. So it is set where it is kept.
 *
 * Seen in @libp2p/identify 4.1.14; canary: canaries.test.ts.
 */

/** A name only: nobody is refused over it. */
const protocolVersion = '/auki/identify/0.0.1'

export function nameProtocolVersion(identify: unknown): void {
  const { host } = identify as { host: { protocolVersion: string } }
  host.protocolVersion = protocolVersion
}
