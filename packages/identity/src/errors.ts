import { AukiError } from '@auki/canonical'

/**
 * What can go wrong with keys, signatures and seed files.
 *
 * `invalid-seed-length` (details: `actual`), `bad-public-key`, `signature-mismatch`, `invalid-certificate` (details: `field`),
 * `invalid-peer-id` (details: `peerId`), `invalid-multiaddr` (details: `value`, `error`); from the seed file `invalid-length` (details: `path`, `actual`),
 * `exposed` (others may read or change it; details: `path`, `mode`) and `io` (details: `path`).
 */
export class IdentityError extends AukiError<
  | 'invalid-seed-length'
  | 'bad-public-key'
  | 'signature-mismatch'
  | 'invalid-certificate'
  | 'invalid-peer-id'
  | 'invalid-multiaddr'
  | 'invalid-length'
  | 'exposed'
  | 'io'
> {
  override readonly name = 'IdentityError'
}
