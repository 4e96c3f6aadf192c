/** The seed file: 32 raw bytes and nothing else. */
import { closeSync, fstatSync, fsyncSync, mkdirSync, openSync, readSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { IdentityError } from './errors.ts'
import { seedBytes } from './signature.ts'

/**
 * The seed in a file; a missing file is made first, with its directories, from the operating system's random numbers and readable by its owner only.
 * An existing file is never changed.
 *
 * @param path - by convention `~/.auki/<app>/identity.seed`.
 * @throws IdentityError `invalid-length` when the file is not exactly 32 bytes long, `io` for everything the file system refuses.
 */
export async function loadOrMintSeed(path: string, options: { signal?: AbortSignal } = {}): Promise<Uint8Array> {
  options.signal?.throwIfAborted()
  try {
    // Synchronous from look to rename, so that two calls in one process can't both mint.
    return read(path) ?? mint(path)
  } catch (error) {
    if (error instanceof IdentityError) throw error
    throw new IdentityError('io', `seed file I/O error: ${(error as Error).message}`, { path }, { cause: error })
  }
}

function read(path: string): Uint8Array | undefined {
  const file = openIfThere(path)
  if (file === undefined) return undefined
  try {
    const bytes = new Uint8Array(seedBytes + 1) // one more than wanted tells a longer file, however huge, without reading it
    const length = readSync(file, bytes)
    if (length !== seedBytes) throw wrongLength(path, length > seedBytes ? fstatSync(file).size : length)
    return bytes.slice(0, seedBytes)
  } finally {
    closeSync(file)
  }
}

function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, 'r')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

function mint(path: string): Uint8Array {
  const seed = crypto.getRandomValues(new Uint8Array(seedBytes))
  const temporary = join(dirname(path), `.${basename(path)}.tmp`)
  mkdirSync(dirname(path), { recursive: true })
  try {
    rmSync(temporary, { force: true }) // a crash may have left one, with a mode of its own
    writeDurably(temporary, seed)
    renameSync(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
  return seed
}

function writeDurably(path: string, bytes: Uint8Array): void {
  const file = openSync(path, 'wx', 0o600)
  try {
    writeFileSync(file, bytes)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

function wrongLength(path: string, actual: number): IdentityError {
  return new IdentityError('invalid-length', `seed file must be exactly ${seedBytes} bytes, found ${actual}`, { path, actual })
}
