/**
 * Whether a failure to listen says that the host has no addresses of that family at all.
 *
 * libp2p tells why it could not listen only by the text of its error, in which that of the operating system stands.
 *
 * Seen in libp2p 3.3.11, @libp2p/tcp 11.0.28; canary: canaries.test.ts.
 */

/**
 * An address that this host does not have is a mistake, except for those that every host of the family has, the wildcard and loopback: there it means that
 * the family is missing.
 */
export function lacksFamily(address: string, failure: string): boolean {
  if (failure.includes('EAFNOSUPPORT')) return true
  return failure.includes('EADDRNOTAVAIL') && /^\/(?:ip4\/(?:0\.0\.0\.0|127\.0\.0\.1)|ip6\/::1?)\//.test(address)
}
