import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { IdentityError } from './index.ts'
import { loadOrMintSeed } from './node.ts'

let home: string
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'auki-seed-'))
})
afterEach(() => rm(home, { recursive: true }))

describe('loadOrMintSeed', () => {
  test('mints once: 32 raw bytes, for the owner only, nothing left beside them', async () => {
    const path = join(home, 'a', 'b', 'identity.seed')
    const seed = await loadOrMintSeed(path)
    expect(seed).toHaveLength(32)
    expect(new Uint8Array(await readFile(path))).toEqual(seed)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect(await readdir(join(home, 'a', 'b'))).toEqual(['identity.seed'])
    expect(await loadOrMintSeed(path)).toEqual(seed)
  })

  test('two files have two seeds', async () => {
    expect(await loadOrMintSeed(join(home, 'a'))).not.toEqual(await loadOrMintSeed(join(home, 'b')))
  })

  test('asked twice at once it still mints one seed', async () => {
    const path = join(home, 'identity.seed')
    const seeds = await Promise.all([loadOrMintSeed(path), loadOrMintSeed(path), loadOrMintSeed(path)])
    expect(seeds[1]).toEqual(seeds[0])
    expect(seeds[2]).toEqual(seeds[0])
    expect(new Uint8Array(await readFile(path))).toEqual(seeds[0])
  })

  test('reads what is there and leaves its mode alone', async () => {
    const path = join(home, 'identity.seed')
    await writeFile(path, new Uint8Array(32).fill(7), { mode: 0o644 })
    await chmod(path, 0o644)
    expect(await loadOrMintSeed(path)).toEqual(new Uint8Array(32).fill(7))
    expect((await stat(path)).mode & 0o777).toBe(0o644)
  })

  test.each([0, 1, 31, 33, 64])('a file of %i bytes is refused and not touched', async (length) => {
    const path = join(home, 'identity.seed')
    const content = Buffer.alloc(length, 5)
    await writeFile(path, content)
    await expect(loadOrMintSeed(path)).rejects.toMatchObject({
      code: 'invalid-length',
      message: `seed file must be exactly 32 bytes, found ${length}`,
      details: { path, actual: length }
    })
    expect(await readFile(path)).toEqual(content)
    expect(await readdir(home)).toEqual(['identity.seed'])
  })

  test('a huge file is refused unread', async () => {
    const path = join(home, 'identity.seed')
    await writeFile(path, '')
    await truncate(path, 2 ** 40)
    await expect(loadOrMintSeed(path)).rejects.toMatchObject({ code: 'invalid-length', details: { actual: 2 ** 40 } })
  })

  test('what a crash left behind does not lend its mode to the seed', async () => {
    await writeFile(join(home, '.identity.seed.tmp'), 'half', { mode: 0o666 })
    await chmod(join(home, '.identity.seed.tmp'), 0o666)
    const path = join(home, 'identity.seed')
    expect(new Uint8Array(await readFile((await loadOrMintSeed(path)) && path))).toHaveLength(32)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect(await readdir(home)).toEqual(['identity.seed'])
  })

  test('trouble with the file system is an io error with its cause', async () => {
    await writeFile(join(home, 'file'), 'x')
    await mkdir(join(home, 'directory'))
    await symlink(join(home, 'loop'), join(home, 'loop'))
    for (const path of [join(home, 'file', 'identity.seed'), join(home, 'directory'), join(home, 'loop'), 'a\0b']) {
      const error = await loadOrMintSeed(path).catch((error: unknown) => error)
      expect(error).toBeInstanceOf(IdentityError)
      expect(error).toMatchObject({ code: 'io', details: { path } })
      expect((error as Error).message).toMatch(/^seed file I\/O error: ./)
      expect((error as Error).cause).toBeInstanceOf(Error)
    }
    expect((await readdir(home)).toSorted()).toEqual(['directory', 'file', 'loop'])
  })

  test('a failed mint leaves no half-made seed behind', async () => {
    await mkdir(join(home, '.identity.seed.tmp')) // in the way of the temporary file
    await expect(loadOrMintSeed(join(home, 'identity.seed'))).rejects.toMatchObject({ code: 'io' })
    expect(await readdir(home)).toEqual(['.identity.seed.tmp'])
  })

  test('an aborted signal mints nothing', async () => {
    const reason = new Error('no longer wanted')
    await expect(loadOrMintSeed(join(home, 'identity.seed'), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    expect(await readdir(home)).toEqual([])
  })
})
