/**
 * The seed file: 32 raw bytes and nothing else.
 *
 * Several processes may find the file missing at the same moment. Each then writes a seed of its own under a name that nobody else uses, and links it
 * to the file's name: the file system lets one of them win, and all read what is there then.
 */
import {
  closeSync,
  fchmodSync,
  fstatSync,
  fsyncSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readSync,
  rmSync,
  writeFileSync
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { reasonOf } from '@auki/canonical'
import { IdentityError } from './errors.ts'
import { lookAgainMs, looksMax } from './limits.ts'
import { seedBytes } from './signature.ts'

/** Where the file system has no hard links, or not for us. */
const noLinks = ['EPERM', 'EACCES', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK', 'EINVAL', 'EXDEV']
const othersBits = 0o077

export interface SeedFileOptions {
  readonly signal?: AbortSignal
  /** Hears of a file that others can read and whose mode we can't change, such as a mounted secret; default `console.warn`. */
  readonly warn?: (message: string) => void
}

/**
 * The seed in a file; a missing file is made first, from the operating system's random numbers and readable by its owner only; so are the directories
 * that are missing. An existing file is never changed. Processes that call this at the same time all get the seed that is in the file in the end.
 *
 * @param path - by convention `~/.auki/<app>/identity.seed`.
 * @throws IdentityError `invalid-length` when the file is not exactly 32 bytes long, `exposed` when it is ours and others may read or change it (not on
 * Windows), `io` for everything the file system refuses.
 */
export async function loadOrMintSeed(path: string, options: SeedFileOptions = {}): Promise<Uint8Array> {
  const { signal, warn = console.warn } = options
  signal?.throwIfAborted()
  try {
    for (let look = 1; ; look++) {
      const found = read(path, warn) ?? mint(path)
      if (found instanceof Uint8Array) return found
      if (look === looksMax) throw wrongLength(path, found.bytes)
      await pause(lookAgainMs, undefined, { signal })
    }
  } catch (error) {
    signal?.throwIfAborted() // the pause was cut short
    if (error instanceof IdentityError) throw error
    throw new IdentityError('io', `seed file I/O error: ${reasonOf(error)}`, { path }, { cause: error })
  }
}

/** Another process is about to write it. */
interface Unfinished {
  readonly bytes: number
}

function read(path: string, warn: (message: string) => void): Uint8Array | Unfinished | undefined {
  const file = openIfThere(path)
  if (file === undefined) return undefined
  try {
    const bytes = new Uint8Array(seedBytes + 1) // one more than wanted tells a longer file, however huge, without reading it
    const length = readSync(file, bytes)
    if (length > seedBytes) throw wrongLength(path, fstatSync(file).size)
    if (length < seedBytes) return { bytes: length }
    checkMode(path, file, warn)
    return bytes.slice(0, seedBytes)
  } finally {
    closeSync(file)
  }
}

function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, 'r')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

/** @throws IdentityError `exposed` */
function checkMode(path: string, file: number, warn: (message: string) => void): void {
  const { mode, uid } = fstatSync(file)
  if (process.platform === 'win32' || (mode & othersBits) === 0) return
  const octal = (mode & 0o777).toString(8).padStart(4, '0')
  const what = `the seed file ${path} has mode ${octal}: others may read or change it, and who has the seed is this peer`
  if (uid !== process.geteuid?.() || !canChangeMode(file, mode)) {
    warn(`${what}; it is not ours to change: have it mounted, or made, with mode 0400 or 0600`)
    return
  }
  throw new IdentityError('exposed', `${what}; run: chmod 600 '${path.replaceAll("'", "'\\''")}'`, { path, mode: octal })
}

// Sets the mode it has: a read-only file system refuses that too.
function canChangeMode(file: number, mode: number): boolean {
  try {
    fchmodSync(file, mode & 0o7777)
    return true
  } catch {
    return false
  }
}

/** The seed of the file that we made, or word of another process that was first. */
function mint(path: string): Uint8Array | Unfinished {
  const seed = crypto.getRandomValues(new Uint8Array(seedBytes))
  const directory = dirname(path)
  const temporary = join(directory, `.${basename(path)}.${crypto.randomUUID()}.tmp`)
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  try {
    writeNew(temporary, seed)
    linkSync(temporary, path)
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return anothers(path)
    if (!noLinks.includes(codeOf(error))) throw error
    return mintInPlace(path, seed)
  } finally {
    rmSync(temporary, { force: true })
  }
  syncDirectory(directory)
  return seed
}

function mintInPlace(path: string, seed: Uint8Array): Uint8Array | Unfinished {
  try {
    writeNew(path, seed)
    return seed
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return anothers(path)
    throw error
  }
}

/** What stands in the way of a new file: one of another process, or a link to nowhere, which is not followed. */
function anothers(path: string): Unfinished {
  const isLink = lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true
  if (isLink) throw new Error(`${path} is a link to a file that is not there; links are not followed when a seed is written: remove it`)
  return { bytes: 0 }
}

/** A file that was not there, in whole or not at all. */
function writeNew(path: string, bytes: Uint8Array): void {
  const file = openSync(path, 'wx', 0o600) // exclusive: follows no link
  try {
    writeFileSync(file, bytes)
    fsyncSync(file)
  } catch (error) {
    rmSync(path, { force: true })
    throw error
  } finally {
    closeSync(file)
  }
}

// After a power loss the name must still be there, or the peer comes back as another.
function syncDirectory(directory: string): void {
  try {
    const handle = openSync(directory, 'r')
    try {
      fsyncSync(handle)
    } finally {
      closeSync(handle)
    }
  } catch {
    // not everywhere can a directory be opened or synced
  }
}

const codeOf = (error: unknown): string => String((error as NodeJS.ErrnoException).code)

function wrongLength(path: string, actual: number): IdentityError {
  return new IdentityError('invalid-length', `seed file must be exactly ${seedBytes} bytes, found ${actual}`, { path, actual })
}
