import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
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

  test('is not disturbed by what a crash left behind', async () => {
    const root = await newRoot()
    await writeFile(join(root, '.a.tmp'), 'half')
    await fileStorage(root).write('a', Uint8Array.of(1))
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
