import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { fileStorage } from '@auki/registry/node'
import { storageCompliance } from '@auki/testkit'
import { afterEach, describe, expect, test } from 'vitest'
import { memoryStorage } from './memory-storage.ts'
import { escapeWindowsName, unescapeWindowsName } from './windows-names.ts'

const roots: string[] = []
const newRoot = async (): Promise<string> => {
  const root = await mkdtemp(join(tmpdir(), 'auki-storage-'))
  roots.push(root)
  return root
}

afterEach(async () => {
  for (const root of roots.splice(0)) await rm(root, { recursive: true, force: true })
})

describe('memoryStorage', () => storageCompliance({ describe, test }, memoryStorage))
describe('fileStorage', () => storageCompliance({ describe, test }, async () => fileStorage(await newRoot())))
describe('fileStorage with escaped names', () =>
  storageCompliance({ describe, test }, async () => fileStorage(await newRoot(), { escapeNames: true })))

describe('fileStorage on disk', () => {
  test('is the directory it was given', async () => {
    const root = await newRoot()
    await fileStorage(root).write('a/b->c/d', Uint8Array.of(1))
    expect([...(await readFile(join(root, 'a/b->c/d')))]).toEqual([1])
  })

  test('writes names that Windows can hold', async () => {
    const root = await newRoot()
    await fileStorage(root, { escapeNames: true }).write('a->b/c.', Uint8Array.of(1))
    expect(await readdir(root, { recursive: true })).toEqual(['a-%3Eb', 'a-%3Eb/c%2E'])
  })

  test('leaves no temporary file behind, not even when a write fails', async () => {
    const root = await newRoot()
    await mkdir(join(root, 'taken/x'), { recursive: true })
    await fileStorage(root).write('fine', Uint8Array.of(1))
    await expect(fileStorage(root).write('taken', Uint8Array.of(1))).rejects.toMatchObject({ code: 'io', details: { path: 'taken' } })
    expect(await readdir(root)).toEqual(['fine', 'taken'])
  })

  test('is not disturbed by what a crash left behind, and does not list it', async () => {
    const root = await newRoot()
    await mkdir(join(root, 'd'))
    await writeFile(join(root, 'd/.a.tmp'), 'half')
    const storage = fileStorage(root)
    await storage.write('d/a', Uint8Array.of(1))
    expect(await storage.list('d')).toEqual(['d/a'])
  })

  test('follows no link that was planted where it writes', async () => {
    const root = await newRoot()
    await writeFile(join(root, 'victim'), 'precious')
    for (const name of ['log', '.log.tmp', 'new', 'old']) await symlink(join(root, 'victim'), join(root, name))
    const storage = fileStorage(root)
    await storage.write('log', Uint8Array.of(1))
    await expect(storage.create('new')).rejects.toMatchObject({ code: 'already-exists' })
    await expect(storage.openAt('old', 0)).rejects.toMatchObject({ code: 'io', details: { path: 'old' } })
    expect(await readFile(join(root, 'victim'), 'utf8')).toBe('precious')
    expect([...(await readFile(join(root, 'log')))]).toEqual([1])
  })

  test("writers of one path in several processes are not in each other's way", async () => {
    const root = await newRoot()
    // Each writes from a thread of its own, where the turns that writes of one process take do not reach.
    const program = `
      import { parentPort, workerData } from 'node:worker_threads'
      import { fileStorage } from ${JSON.stringify(new URL('./file-storage.ts', import.meta.url).href)}
      const storage = fileStorage(workerData.root)
      for (let i = 0; i < 50; i++) await storage.write('a', new Uint8Array(1000).fill(workerData.byte))
    `
    const url = new URL(`data:text/javascript,${encodeURIComponent(program)}`)
    const writers = [1, 2, 3].map((byte) => new Worker(url, { workerData: { root, byte }, execArgv: ['--conditions=@auki/source'] }))
    const ends = await Promise.all(writers.map((writer) => new Promise((resolve) => writer.once('error', resolve).once('exit', resolve))))
    expect(ends).toEqual([0, 0, 0])
    const content = (await fileStorage(root).read('a'))!
    expect(new Set(content).size).toBe(1)
    expect(content).toHaveLength(1000)
    expect(await readdir(root)).toEqual(['a'])
  })

  test('a failed write does not hold up the next', async () => {
    const root = await newRoot()
    const storage = fileStorage(root)
    await storage.write('a/b', Uint8Array.of(1))
    const writes = await Promise.allSettled([storage.write('a', Uint8Array.of(2)), storage.write('a', Uint8Array.of(2))])
    expect(writes.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    await storage.remove('a')
    await storage.write('a', Uint8Array.of(3))
    expect([...(await storage.read('a'))!]).toEqual([3])
  })
})

test('two storages share a location exactly when they share their files', async () => {
  const root = await newRoot()
  expect(fileStorage(root).location).toBe(fileStorage(`${root}/x/..`).location)
  expect(fileStorage(root).location).not.toBe(fileStorage(`${root}/x`).location)
  expect(memoryStorage().location).not.toBe(memoryStorage().location)
})

test.each([
  ['a->b', 'a-%3Eb'],
  ['<>:"|?*%', '%3C%3E%3A%22%7C%3F%2A%25'],
  ['a.', 'a%2E'],
  ['a ', 'a%20'],
  ['a.b c', 'a.b c'],
  ['..', '.%2E'],
  ['%3E', '%253E']
])('%j is %j on Windows', (name, escaped) => {
  expect(escapeWindowsName(name)).toBe(escaped)
  expect(unescapeWindowsName(escaped)).toBe(name)
})
