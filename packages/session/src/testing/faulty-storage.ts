/** A storage whose operations fail when a test says so. */
import { type AppendFile, memoryStorage, type Storage, StorageError } from '@auki/registry'

type Operation = keyof Storage | keyof AppendFile

export interface FaultyStorage {
  readonly storage: Storage
  /** These fail from now on; writes get half of their bytes into the file first, as on a full disk. */
  breakDown(...operations: Operation[]): void
}

export function faultyStorage(whole: Storage = memoryStorage()): FaultyStorage {
  const broken = new Set<Operation>()
  const check = (operation: Operation, path: string): void => {
    if (broken.has(operation)) throw new StorageError('io', `cannot reach "${path}": no space left on device`, { path })
  }
  const wrapped = (file: AppendFile, path: string): AppendFile => ({
    write: (bytes) => file.write(bytes),
    async writeAll(parts) {
      const bytes = Buffer.concat(parts)
      if (broken.has('writeAll')) await file.write(bytes.subarray(0, bytes.length / 2))
      check('writeAll', path)
      await file.writeAll(parts)
    },
    async sync() {
      check('sync', path)
      await file.sync()
    },
    async close() {
      await file.close()
      check('close', path)
    }
  })
  const storage: Storage = {
    location: whole.location,
    read: async (path) => checked('read', path, () => whole.read(path)),
    readRange: async (path, ...range) => checked('readRange', path, () => whole.readRange(path, ...range)),
    size: async (path) => checked('size', path, () => whole.size(path)),
    open: async (path) => checked('open', path, () => whole.open(path)),
    write: async (path, bytes) => checked('write', path, () => whole.write(path, bytes)),
    create: async (path) => wrapped(await checked('create', path, () => whole.create(path)), path),
    openAt: async (path, length) => wrapped(await checked('openAt', path, () => whole.openAt(path, length)), path),
    list: async (path) => checked('list', path, () => whole.list(path)),
    rename: async (from, to) => checked('rename', from, () => whole.rename(from, to)),
    remove: async (path) => checked('remove', path, () => whole.remove(path))
  }
  const checked = <T>(operation: Operation, path: string, work: () => T): T => {
    check(operation, path)
    return work()
  }
  const breakDown = (...operations: Operation[]): void => {
    for (const operation of operations) broken.add(operation)
  }
  return { storage, breakDown }
}
