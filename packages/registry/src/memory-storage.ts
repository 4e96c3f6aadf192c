/** Storage in memory: for browsers, tests, and peers whose data need not outlive the process. */
import { StorageError } from './errors.ts'
import { memoryBlockBytesMax } from './limits.ts'
import { checkPath, isTemporary } from './paths.ts'
import type { AppendFile, ReadFile, Storage } from './storage.ts'
import { alreadyExists, closed, notFound, tooShort } from './storage-errors.ts'

let storages = 0

/** A new, empty storage. Its files are gone with the object. */
export function memoryStorage(): Storage {
  storages += 1
  return new MemoryStorage(`memory:${storages}`)
}

class MemoryStorage implements Storage {
  readonly location: string
  readonly #files = new Map<string, MemoryFile>()

  constructor(location: string) {
    this.location = location
  }

  async read(path: string): Promise<Uint8Array | undefined> {
    return this.#files.get(checkPath(path))?.slice(0)
  }

  async readRange(path: string, offset: number, length: number): Promise<Uint8Array | undefined> {
    return this.#files.get(checkPath(path))?.slice(offset, offset + length)
  }

  async size(path: string): Promise<number | undefined> {
    return this.#files.get(checkPath(path))?.length
  }

  async open(path: string): Promise<ReadFile | undefined> {
    const file = this.#files.get(checkPath(path))
    return file && new MemoryOpenFile(path, file)
  }

  async write(path: string, bytes: Uint8Array): Promise<void> {
    const file = new MemoryFile()
    file.append(bytes)
    this.#put(path, file)
  }

  async create(path: string): Promise<AppendFile> {
    if (this.#exists(checkPath(path))) throw alreadyExists(path)
    return new MemoryOpenFile(path, this.#put(path, new MemoryFile()))
  }

  async openAt(path: string, length: number): Promise<AppendFile> {
    const file = this.#files.get(checkPath(path))
    if (file === undefined) throw notFound(path)
    if (file.length < length) throw tooShort(path, file.length, length)
    file.cut(length)
    return new MemoryOpenFile(path, file)
  }

  async list(directory: string): Promise<string[]> {
    return this.#below(checkPath(directory)).filter((path) => !isTemporary(path))
  }

  async rename(from: string, to: string): Promise<void> {
    const moved = [checkPath(from), ...this.#below(from)].filter((path) => this.#files.has(path))
    if (moved.length === 0) throw notFound(from)
    if (this.#exists(checkPath(to))) throw alreadyExists(to)
    for (const path of moved) {
      this.#put(to + path.slice(from.length), this.#files.get(path)!)
      this.#files.delete(path)
    }
  }

  async remove(path: string): Promise<void> {
    for (const file of [checkPath(path), ...this.#below(path)]) this.#files.delete(file)
  }

  #below(directory: string): string[] {
    const prefix = `${directory}/`
    return [...this.#files.keys()].filter((path) => path.startsWith(prefix)).sort()
  }

  #exists(path: string): boolean {
    return this.#files.has(path) || this.#below(path).length > 0
  }

  // As on a disk, a name is a file or a directory, never both.
  #put(path: string, file: MemoryFile): MemoryFile {
    const segments = checkPath(path).split('/')
    const blocked = segments.slice(1).some((_, i) => this.#files.has(segments.slice(0, i + 1).join('/')))
    if (blocked || this.#below(path).length > 0) {
      throw new StorageError('io', `cannot write "${path}": a name is both a file and a directory`, { path })
    }
    this.#files.set(path, file)
    return file
  }
}

/** Bytes in blocks: what is there is never moved when more is appended, and little room is empty. */
class MemoryFile {
  #length = 0
  /** Each begins where the one before ends; only the last one has room left. */
  readonly #blocks: { readonly from: number; readonly bytes: Uint8Array }[] = []

  get length(): number {
    return this.#length
  }

  slice(from: number, to: number = this.#length): Uint8Array {
    const [start, end] = [Math.min(from, this.#length), Math.min(to, this.#length)]
    const found = new Uint8Array(Math.max(0, end - start))
    for (let i = this.#blocks.findLastIndex((block) => block.from <= start); start < end && i < this.#blocks.length; i++) {
      const block = this.#blocks[i]!
      if (block.from >= end) break
      const skipped = Math.max(0, start - block.from)
      found.set(block.bytes.subarray(skipped, end - block.from), block.from + skipped - start)
    }
    return found
  }

  append(bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length; ) {
      const { from, bytes: block } = this.#lastWithRoom(bytes.length - done)
      const part = bytes.subarray(done, done + from + block.length - this.#length)
      block.set(part, this.#length - from)
      this.#length += part.length
      done += part.length
    }
  }

  cut(length: number): void {
    this.#length = length
    while ((this.#blocks.at(-1)?.from ?? 0) >= length && this.#blocks.length > 0) this.#blocks.pop()
  }

  #lastWithRoom(wanted: number): { readonly from: number; readonly bytes: Uint8Array } {
    const last = this.#blocks.at(-1)
    if (last !== undefined && last.from + last.bytes.length > this.#length) return last
    const length = Math.min(memoryBlockBytesMax, Math.max(wanted, this.#length))
    const block = { from: this.#length, bytes: new Uint8Array(length) }
    this.#blocks.push(block)
    return block
  }
}

class MemoryOpenFile implements ReadFile, AppendFile {
  readonly #path: string
  #file: MemoryFile | undefined

  constructor(path: string, file: MemoryFile) {
    this.#path = path
    this.#file = file
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    return this.#open().slice(offset, offset + length)
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.#open().append(bytes)
  }

  async writeAll(parts: readonly Uint8Array[]): Promise<void> {
    const file = this.#open()
    for (const part of parts) file.append(part)
  }

  async sync(): Promise<void> {
    this.#open()
  }

  async close(): Promise<void> {
    this.#file = undefined
  }

  #open(): MemoryFile {
    if (this.#file === undefined) throw closed(this.#path)
    return this.#file
  }
}
