import { AukiError } from '@auki/canonical'

/** The codes of {@link RegistryError}; docs/errors.md says what each means. */
export type RegistryErrorCode =
  | 'io'
  | 'json'
  | 'invalid-id'
  | 'invalid-axes'
  | 'hash-mismatch'
  | 'peer-mismatch'
  | 'id-mismatch'
  | 'frame-reference-missing'

/** What is wrong with a registry entry, its id or the store it is in. */
export class RegistryError extends AukiError<RegistryErrorCode> {
  override readonly name = 'RegistryError'
}

/** The codes of {@link StorageError}; docs/errors.md says what each means. */
export type StorageErrorCode = 'invalid-path' | 'invalid-hash' | 'io' | 'not-found' | 'already-exists' | 'closed'

/** What is wrong with a path, or what storage could not do. `details.path` is the path, relative to the storage's root. */
export class StorageError extends AukiError<StorageErrorCode> {
  override readonly name = 'StorageError'
}
