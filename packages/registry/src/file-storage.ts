/** Storage in a directory of the file system (Node). */
import { lstat, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { attempt, missingIsUndefined } from './node-errors.ts'
import { OpenAppendFile, OpenReadFile, readFrom, readWriteNoLink } from './node-files.ts'
import { keep, withFile } from './open-files.ts'
import { checkPath, isTemporary } from './paths.ts'
import type { AppendFile, ReadFile, Storage } from './storage.ts'
import { alreadyExists, notFound, tooShort } from './storage-errors.ts'
import { escapeWindowsName, unescapeWindowsName } from './windows-names.ts'

/** How names are written. */
export interface FileStorageOptions {
  /** Write `< > : " | ? * %` and trailing dots and spaces as `%XX`; default: on Windows. Keep it for the life of a directory. */
  readonly escapeNames?: boolean
}

/** A storage in the directory `root`, which is created with the first write. */
export function fileStorage(root: string, options: FileStorageOptions = {}): Storage {
  return new FileStorage(resolve(root), options.escapeNames ?? process.platform === 'win32')
}

// Of two writes of one path the later call wins, also across storages of one process.
const lastWrite = new Map<string, Promise<void>>()

class FileStorage implements Storage {
  readonly location: string
  readonly #root: string
  readonly #escapeNames: boolean

  constructor(root: string, escapeNames: boolean) {
    this.location = `file:${root}`
    this.#root = root
    this.#escapeNames = escapeNames
  }

  async read(path: string): Promise<Uint8Array | undefined> {
    return this.readRange(path, 0, Number.MAX_SAFE_INTEGER)
  }

  async readRange(path: string, offset: number, length: number): Promise<Uint8Array | undefined> {
    const target = this.#locate(path)
    return attempt(path, () => missingIsUndefined(() => withFile(() => readFile(target, offset, length))))
  }

  async size(path: string): Promise<number | undefined> {
    const found = await attempt(path, () => missingIsUndefined(() => stat(this.#locate(path))))
    return found?.isFile() ? found.size : undefined
  }

  async open(path: string): Promise<ReadFile | undefined> {
    if ((await this.size(path)) === undefined) return undefined
    const file = await attempt(path, () => missingIsUndefined(() => withFile(() => open(this.#locate(path), 'r'))))
    return file && new OpenReadFile(path, file)
  }

  async write(path: string, bytes: Uint8Array): Promise<void> {
    const target = this.#locate(path)
    const write = () => attempt(path, () => withFile(() => writeAtomically(target, bytes)))
    const turn = (lastWrite.get(target) ?? Promise.resolve()).then(write, write)
    lastWrite.set(target, turn)
    try {
      await turn
    } finally {
      if (lastWrite.get(target) === turn) lastWrite.delete(target)
    }
  }

  async create(path: string): Promise<AppendFile> {
    const target = this.#locate(path)
    await attempt(path, () => mkdir(dirname(target), { recursive: true }))
    const create = async () => kept(new OpenAppendFile({ path, target, file: await open(target, 'wx'), end: 0 }))
    return attempt(path, () => withFile(create), { EEXIST: alreadyExists })
  }

  async openAt(path: string, length: number): Promise<AppendFile> {
    const target = this.#locate(path)
    const file = await attempt(path, () => missingIsUndefined(() => withFile(() => openCut({ path, target, length }))))
    if (file === undefined) throw notFound(path)
    return file
  }

  async list(directory: string): Promise<string[]> {
    const found: string[] = []
    await attempt(directory, () => this.#collect(directory, found))
    return found.sort()
  }

  async rename(from: string, to: string): Promise<void> {
    const source = this.#locate(from)
    const target = this.#locate(to)
    if (!(await this.#exists(from))) throw notFound(from)
    if (await this.#exists(to)) throw alreadyExists(to)
    await attempt(to, async () => {
      await rm(target, { recursive: true, force: true }) // at most empty directories
      await mkdir(dirname(target), { recursive: true })
      await rename(source, target)
    })
  }

  async remove(path: string): Promise<void> {
    const target = this.#locate(path)
    await attempt(path, () => missingIsUndefined(() => withFile(() => rm(target, { recursive: true, force: true }))))
  }

  async #exists(path: string): Promise<boolean> {
    const found = await attempt(path, () => missingIsUndefined(() => lstat(this.#locate(path))))
    return found !== undefined && (!found.isDirectory() || (await this.list(path)).length > 0)
  }

  #locate(path: string): string {
    const names = checkPath(path).split('/')
    return join(this.#root, ...(this.#escapeNames ? names.map(escapeWindowsName) : names))
  }

  async #collect(directory: string, found: string[]): Promise<void> {
    // A directory that is missing, or goes away while it is walked, is empty.
    const children = await missingIsUndefined(() => withFile(() => readdir(this.#locate(directory), { withFileTypes: true })))
    for (const child of children ?? []) {
      if (child.isFile() && isTemporary(child.name)) continue
      const path = `${directory}/${this.#escapeNames ? unescapeWindowsName(child.name) : child.name}`
      if (child.isDirectory()) await this.#collect(path, found)
      else if (child.isFile()) found.push(path)
    }
  }
}

async function readFile(target: string, offset: number, length: number): Promise<Uint8Array> {
  const file = await open(target, 'r')
  try {
    const { size } = await file.stat()
    return await readFrom(file, offset, Math.max(0, Math.min(length, size - offset)))
  } finally {
    await file.close()
  }
}

async function openCut({ path, target, length }: { path: string; target: string; length: number }): Promise<OpenAppendFile> {
  const file = await open(target, readWriteNoLink)
  try {
    const { size } = await file.stat()
    if (size < length) throw tooShort(path, size, length)
    await file.truncate(length)
  } catch (error) {
    await file.close()
    throw error
  }
  return kept(new OpenAppendFile({ path, target, file, end: length }))
}

async function kept(file: OpenAppendFile): Promise<OpenAppendFile> {
  await keep(file)
  return file
}

// Other processes may write the same path, so each write has a temporary name of its own.
async function writeAtomically(target: string, bytes: Uint8Array): Promise<void> {
  const temporary = join(dirname(target), `.${crypto.randomUUID()}.tmp`)
  await mkdir(dirname(target), { recursive: true })
  try {
    const file = await open(temporary, 'wx')
    try {
      await file.writeFile(bytes)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, target)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}
