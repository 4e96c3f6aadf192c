import { execFileSync } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { IdentityError } from './index.ts'
import { loadOrMintSeed } from './node.ts'

const sevens = new Uint8Array(32).fill(7)

let home: string
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'auki-seed-'))
})
afterEach(async () => {
  vi.restoreAllMocks()
  await rm(home, { recursive: true })
})

async function seedFile(mode: number, name = 'identity.seed'): Promise<string> {
  const path = join(home, name)
  await writeFile(path, sevens)
  await chmod(path, mode)
  return path
}

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

  test.each([0o400, 0o600, 0o700])('reads what is there with mode %o and leaves that alone', async (mode) => {
    const path = await seedFile(mode)
    expect(await loadOrMintSeed(path)).toEqual(sevens)
    expect((await stat(path)).mode & 0o777).toBe(mode)
  })

  test.each([
    [0o644, '0644'],
    [0o640, '0640'],
    [0o602, '0602'],
    [0o610, '0610']
  ])('refuses a file of ours with mode %o, with the command that mends it', async (mode, octal) => {
    const path = await seedFile(mode, "it's mine.seed")
    const error = await loadOrMintSeed(path).catch((error: unknown) => error)
    expect(error).toBeInstanceOf(IdentityError)
    expect(error).toMatchObject({ code: 'exposed', details: { path, mode: octal } })
    expect((await stat(path)).mode & 0o777).toBe(mode)
    const command = /; run: (.*)$/.exec((error as Error).message)![1]!
    expect(command).toMatch(/^chmod 600 /)
    execFileSync('sh', ['-c', command])
    expect(await loadOrMintSeed(path)).toEqual(sevens)
  })

  test('warns of a file that is not ours, as secrets are mounted, and reads it', async () => {
    const path = await seedFile(0o644)
    vi.spyOn(process, 'geteuid').mockReturnValue(12345)
    const warnings: string[] = []
    expect(await loadOrMintSeed(path, { warn: (message) => warnings.push(message) })).toEqual(sevens)
    expect(warnings).toEqual([expect.stringContaining(`${path} has mode 0644`)])
  })

  test('a secret may be mounted as a link', async () => {
    const path = await seedFile(0o600)
    await symlink(path, join(home, 'link'))
    expect(await loadOrMintSeed(join(home, 'link'))).toEqual(sevens)
  })

  test('a link to nowhere is not followed when a seed is minted', async () => {
    const path = join(home, 'identity.seed')
    await symlink(join(home, 'elsewhere'), path)
    await expect(loadOrMintSeed(path)).rejects.toMatchObject({ code: 'io', message: expect.stringContaining('is a link') })
    expect(await readdir(home)).toEqual(['identity.seed'])
  })

  test('directories that it creates are for the owner only, others keep their mode', async () => {
    await chmod(home, 0o755)
    await loadOrMintSeed(join(home, 'a', 'b', 'identity.seed'))
    const modes = await Promise.all([home, join(home, 'a'), join(home, 'a', 'b')].map(async (path) => (await stat(path)).mode & 0o777))
    expect(modes).toEqual([0o755, 0o700, 0o700])
  })

  test('a file that another process is still writing is read when it is whole', async () => {
    const path = join(home, 'identity.seed')
    await writeFile(path, '', { mode: 0o600 })
    const loading = loadOrMintSeed(path)
    await writeFile(path, sevens.subarray(0, 20))
    await writeFile(path, sevens)
    expect(await loading).toEqual(sevens)
  })

  test.each([0, 1, 31, 33, 64])('a file of %i bytes is refused and not touched', async (length) => {
    const path = join(home, 'identity.seed')
    const content = Buffer.alloc(length, 5)
    await writeFile(path, content, { mode: 0o600 })
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
    await writeFile(path, '', { mode: 0o600 })
    await truncate(path, 2 ** 40)
    await expect(loadOrMintSeed(path)).rejects.toMatchObject({ code: 'invalid-length', details: { actual: 2 ** 40 } })
  })

  test('what a crash left behind does not lend its mode to the seed', async () => {
    await writeFile(join(home, '.identity.seed.tmp'), 'half', { mode: 0o666 })
    await chmod(join(home, '.identity.seed.tmp'), 0o666)
    const path = join(home, 'identity.seed')
    expect(new Uint8Array(await readFile((await loadOrMintSeed(path)) && path))).toHaveLength(32)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect((await readdir(home)).toSorted()).toEqual(['.identity.seed.tmp', 'identity.seed'])
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

  test('what lies in the way of a temporary file, a planted link say, does not', async () => {
    const victim = join(home, 'victim')
    await writeFile(victim, 'precious')
    await symlink(victim, join(home, '.identity.seed.tmp'))
    expect(await loadOrMintSeed(join(home, 'identity.seed'))).toHaveLength(32)
    expect(await readFile(victim, 'utf8')).toBe('precious')
  })

  test('an aborted signal mints nothing', async () => {
    const reason = new Error('no longer wanted')
    await expect(loadOrMintSeed(join(home, 'identity.seed'), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    expect(await readdir(home)).toEqual([])
  })
})
