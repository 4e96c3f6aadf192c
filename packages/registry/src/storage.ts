/**
 * The port to the disk: files below a root, named by relative paths with `/` between segments.
 *
 * There is no call to make a directory. One appears with the first file in it, and an empty one counts as missing, so that all adapters behave alike. Adapters pass every path through `checkPath`, so nothing leaves the root; what fails underneath is a StorageError `io`.
 */
export interface Storage {
  /** Names the place; two storages over the same files have the same location. */
  readonly location: string

  /** The whole file; `undefined` when there is none. */
  read(path: string): Promise<Uint8Array | undefined>

  /** At most `length` bytes from byte `offset` on, fewer (down to none) at the end of the file; `undefined` when there is no file. */
  readRange(path: string, offset: number, length: number): Promise<Uint8Array | undefined>

  /** How many bytes a file has, including what was written to it and is not synced yet; `undefined` when there is no file. */
  size(path: string): Promise<number | undefined>

  /** Open a file to read from it in many places; `undefined` when there is none. */
  open(path: string): Promise<ReadFile | undefined>

  /** Write a whole file atomically: a crash leaves the old content or the new one. Writes of one path take effect in the order they were called. */
  write(path: string, bytes: Uint8Array): Promise<void>

  /** Create a file to append to. @throws StorageError `already-exists`. */
  create(path: string): Promise<AppendFile>

  /** Open a file to append to, cut to its first `length` bytes. @throws StorageError `not-found`; `io` when it is shorter than `length`. */
  openAt(path: string, length: number): Promise<AppendFile>

  /** Paths of all files below a directory, however deep, in code unit order; none when there is no such directory. Unfinished writes don't show. */
  list(directory: string): Promise<string[]>

  /** Move a file or a whole directory. @throws StorageError `not-found`, or `already-exists` when the target does. */
  rename(from: string, to: string): Promise<void>

  /** Remove a file or a whole directory; none there is fine. */
  remove(path: string): Promise<void>
}

/** A file open for reading. It can be read on when it is renamed or removed meanwhile. After `close` a read throws StorageError `closed`. */
export interface ReadFile {
  /** At most `length` bytes from byte `offset` on, fewer (down to none) at the end of the file. */
  read(offset: number, length: number): Promise<Uint8Array>
  /** Idempotent. */
  close(): Promise<void>
}

/** A file open for appending. One call at a time: await each before the next. After `close` the others throw StorageError `closed`. */
export interface AppendFile {
  /** Append all of `bytes`; they may be reused once the promise resolves. */
  write(bytes: Uint8Array): Promise<void>
  /** Append all of `parts`, one after the other and without putting them together first. */
  writeAll(parts: readonly Uint8Array[]): Promise<void>
  /** Everything written is on disk. */
  sync(): Promise<void>
  /** Idempotent; does not sync. */
  close(): Promise<void>
}
