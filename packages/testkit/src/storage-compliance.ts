/**
 * What every Storage has to do, whatever it keeps its files in.
 *
 *   storageCompliance({ describe, test }, () => memoryStorage())
 *
 * `factory` gives a fresh, empty storage for every test.
 */
import assert from 'node:assert/strict'
import { contentHash } from '@auki/canonical'
import { type Storage, StorageError, type StorageErrorCode } from '@auki/registry'

/** The two functions of a test framework that a suite needs. */
export interface SuiteRunner {
  describe(name: string, body: () => void): unknown
  test(name: string, body: () => Promise<void>): unknown
}

type Factory = () => Storage | Promise<Storage>

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values)

/** Register the suite with a test framework. */
export function storageCompliance(runner: SuiteRunner, factory: Factory): void {
  wholeFiles(runner, factory)
  ranges(runner, factory)
  appending(runner, factory)
  listing(runner, factory)
  moving(runner, factory)
  safety(runner, factory)
}

function wholeFiles({ describe, test }: SuiteRunner, factory: Factory): void {
  describe('whole files', () => {
    test('reads back what was written', async () => {
      const storage = await factory()
      await storage.write('a/b.json', bytes(1, 2, 3))
      assert.deepEqual(await content(storage, 'a/b.json'), [1, 2, 3])
    })

    test('a missing file, a directory and a path through a file are no file', async () => {
      const storage = await factory()
      await storage.write('registries/a/b', bytes(1))
      assert.equal(await storage.read('gone'), undefined)
      assert.equal(await storage.read('registries/a'), undefined)
      assert.equal(await storage.read('registries/a/b/c'), undefined)
    })

    test('replaces a file', async () => {
      const storage = await factory()
      await storage.write('a', bytes(1, 2, 3))
      await storage.write('a', bytes(4))
      assert.deepEqual(await content(storage, 'a'), [4])
    })

    test('keeps an empty file apart from none', async () => {
      const storage = await factory()
      await storage.write('a', bytes())
      assert.deepEqual(await content(storage, 'a'), [])
    })

    test('writes of one path take effect in the order of the calls', async () => {
      const storage = await factory()
      await Promise.all(Array.from({ length: 20 }, (_, i) => storage.write('a', new Uint8Array(1000 + i).fill(i))))
      assert.equal(contentHash((await storage.read('a'))!), contentHash(new Uint8Array(1019).fill(19)))
    })

    test('keeps its own copy', async () => {
      const storage = await factory()
      const given = bytes(1, 2)
      await storage.write('a', given)
      given[0] = 9
      const read = await storage.read('a')
      read![1] = 9
      assert.deepEqual(await content(storage, 'a'), [1, 2])
    })

    test('a name is a file or a directory, never both', async () => {
      const storage = await factory()
      await storage.write('a/b', bytes(1))
      await rejects(storage.write('a/b/c', bytes(2)), 'io')
      await rejects(storage.write('a', bytes(2)), 'io')
      await rejects(storage.create('a/b/c'), 'io')
      assert.deepEqual(await content(storage, 'a/b'), [1])
      assert.deepEqual(await storage.list('a'), ['a/b'])
    })
  })
}

function ranges({ describe, test }: SuiteRunner, factory: Factory): void {
  describe('ranges', () => {
    test('reads at most what is there', async () => {
      const storage = await factory()
      await storage.write('a', bytes(0, 1, 2, 3, 4))
      const file = (await storage.open('a'))!
      const range = async (offset: number, length: number) => {
        const read = [...(await storage.readRange('a', offset, length))!]
        assert.deepEqual([...(await file.read(offset, length))], read)
        return read
      }
      assert.deepEqual(await range(1, 3), [1, 2, 3])
      assert.deepEqual(await range(3, 100), [3, 4])
      assert.deepEqual(await range(5, 1), [])
      assert.deepEqual(await range(1_000_000, 1), [])
      assert.deepEqual(await range(2, 0), [])
      await file.close()
    })

    test('what is no file has no range, no size and cannot be opened', async () => {
      const storage = await factory()
      await storage.write('a/b', bytes(1))
      for (const path of ['gone', 'a', 'a/b/c']) {
        assert.equal(await storage.readRange(path, 0, 1), undefined)
        assert.equal(await storage.size(path), undefined)
        assert.equal(await storage.open(path), undefined)
      }
    })

    test('an open file outlives its name, and can be closed twice', async () => {
      const storage = await factory()
      await storage.write('a', bytes(1, 2))
      const file = (await storage.open('a'))!
      await storage.remove('a')
      assert.deepEqual([...(await file.read(1, 1))], [2])
      await file.close()
      await file.close()
      await rejects(file.read(0, 1), 'closed')
    })

    test('sees what an open file has been given so far', async () => {
      const storage = await factory()
      const file = await storage.create('a')
      await file.write(bytes(1, 2))
      assert.deepEqual([...(await storage.readRange('a', 1, 10))!], [2])
      assert.equal(await storage.size('a'), 2)
      const open = (await storage.open('a'))!
      await file.write(bytes(3))
      assert.deepEqual([...(await open.read(1, 10))], [2, 3])
      await file.close()
      await open.close()
    })
  })
}

function appending({ describe, test }: SuiteRunner, factory: Factory): void {
  describe('appending', () => {
    test('a large file is read in every range, also after it was cut and gone on with', async () => {
      const storage = await factory()
      const file = await storage.create('large')
      const parts = [1, 70_000, 1_048_576, 3, 2_000_000].map((length, i) => new Uint8Array(length).map((_, at) => at * 7 + i))
      for (const part of parts) await file.writeAll([part])
      await file.close()
      const cut = 1_500_000
      const more = await storage.openAt('large', cut)
      await more.write(parts[1]!)
      await more.close()
      const all = Buffer.concat([Buffer.concat(parts).subarray(0, cut), parts[1]!])
      assert.equal(await storage.size('large'), all.length)
      for (const [offset, length] of [
        [0, all.length],
        [1, 1],
        [69_999, 5],
        [1_048_570, 100_000],
        [cut - 1, 2],
        [all.length - 1, 10]
      ] as const) {
        assert.equal(
          Buffer.compare((await storage.readRange('large', offset, length))!, all.subarray(offset, offset + length)),
          0,
          `${offset}`
        )
      }
    })

    test('appends, syncs and closes', async () => {
      const storage = await factory()
      const file = await storage.create('logs/a/segments/1.seg')
      await file.write(bytes(1, 2))
      await file.write(bytes())
      await file.write(bytes(3))
      await file.sync()
      await file.close()
      assert.deepEqual(await content(storage, 'logs/a/segments/1.seg'), [1, 2, 3])
    })

    test('appends many parts as if they were one', async () => {
      const storage = await factory()
      const file = await storage.create('a')
      const parts = Array.from({ length: 3000 }, (_, i) => new Uint8Array(i % 5).fill(i))
      await file.writeAll([])
      await file.writeAll([bytes()])
      await file.writeAll(parts)
      await file.write(bytes(1))
      await file.close()
      assert.deepEqual(await content(storage, 'a'), [...parts.flatMap((part) => [...part]), 1])
    })

    test('takes the bytes, not the buffer', async () => {
      const storage = await factory()
      const file = await storage.create('a')
      const buffer = bytes(1)
      await file.write(buffer)
      buffer[0] = 2
      await file.writeAll([buffer])
      buffer[0] = 3
      await file.close()
      assert.deepEqual(await content(storage, 'a'), [1, 2])
    })

    test('appends megabytes', async () => {
      const storage = await factory()
      const file = await storage.create('a')
      const chunk = new Uint8Array(100_000).fill(7)
      for (let i = 0; i < 30; i++) await file.write(chunk)
      await file.close()
      assert.equal(contentHash((await storage.read('a'))!), contentHash(new Uint8Array(3_000_000).fill(7)))
    })

    test('creates only what is not there', async () => {
      const storage = await factory()
      await storage.write('a/b', bytes(1))
      await rejects(storage.create('a/b'), 'already-exists')
      await rejects(storage.create('a'), 'already-exists')
      assert.deepEqual(await content(storage, 'a/b'), [1])
    })

    test('goes on where it is told to', async () => {
      const storage = await factory()
      await storage.write('a', bytes(1, 2, 3, 4))
      const file = await storage.openAt('a', 2)
      assert.deepEqual(await content(storage, 'a'), [1, 2])
      await file.write(bytes(9))
      await file.close()
      assert.deepEqual(await content(storage, 'a'), [1, 2, 9])
    })

    test('does not go on where nothing is', async () => {
      const storage = await factory()
      await storage.write('a/b', bytes(1))
      await rejects(storage.openAt('gone', 0), 'not-found')
      await rejects(storage.openAt('a', 0), 'not-found')
      await rejects(storage.openAt('a/b', 2), 'io')
      assert.deepEqual(await content(storage, 'a/b'), [1])
    })

    test('a closed file takes nothing more', async () => {
      const storage = await factory()
      const file = await storage.create('a')
      await file.close()
      await file.close()
      await rejects(file.write(bytes(1)), 'closed')
      await rejects(file.writeAll([bytes(1)]), 'closed')
      await rejects(file.sync(), 'closed')
      assert.deepEqual(await content(storage, 'a'), [])
    })
  })
}

function listing({ describe, test }: SuiteRunner, factory: Factory): void {
  describe('listing', () => {
    test('lists all files below a directory in code unit order', async () => {
      const storage = await factory()
      for (const path of ['d/b', 'd/B', 'd/a/z', 'd/a-', 'd/10', 'd/9', 'dd/x']) await storage.write(path, bytes(1))
      assert.deepEqual(await storage.list('d'), ['d/10', 'd/9', 'd/B', 'd/a-', 'd/a/z', 'd/b'])
      assert.deepEqual(await storage.list('d/a'), ['d/a/z'])
    })

    test('a missing directory, a file and an emptied directory are empty', async () => {
      const storage = await factory()
      await storage.write('d/a', bytes(1))
      assert.deepEqual(await storage.list('gone'), [])
      assert.deepEqual(await storage.list('d/a'), [])
      await storage.remove('d/a')
      assert.deepEqual(await storage.list('d'), [])
    })

    test('does not list unfinished writes', async () => {
      const storage = await factory()
      await (await storage.create('d/.a.json.tmp')).close()
      await storage.write('d/.hidden', bytes(1))
      await storage.write('d/a.tmp', bytes(1))
      assert.deepEqual(await storage.list('d'), ['d/.hidden', 'd/a.tmp'])
    })

    test('lists the names that were given', async () => {
      const storage = await factory()
      const names = ['d/ ', 'd/%41', 'd/a->b', 'd/a.', 'd/q?*"|<', 'd/ζ:1']
      for (const name of names) await storage.write(name, bytes(1))
      assert.deepEqual(await storage.list('d'), names.sort())
      for (const name of names) assert.deepEqual(await content(storage, name), [1])
    })
  })
}

function moving({ describe, test }: SuiteRunner, factory: Factory): void {
  describe('moving and removing', () => {
    test('moves a file', async () => {
      const storage = await factory()
      await storage.write('a/b', bytes(1))
      await storage.rename('a/b', 'c/d/e')
      assert.equal(await storage.read('a/b'), undefined)
      assert.deepEqual(await content(storage, 'c/d/e'), [1])
    })

    test('moves a directory with all that is in it', async () => {
      const storage = await factory()
      await storage.write('a/b/1', bytes(1))
      await storage.write('a/b/c/2', bytes(2))
      await storage.write('a/bb', bytes(3))
      await storage.rename('a/b', 'x/y')
      assert.deepEqual(await storage.list('a'), ['a/bb'])
      assert.deepEqual(await storage.list('x'), ['x/y/1', 'x/y/c/2'])
    })

    test('moves only what is there to where nothing is', async () => {
      const storage = await factory()
      await storage.write('a/1', bytes(1))
      await storage.write('b/2', bytes(2))
      await rejects(storage.rename('gone', 'c'), 'not-found')
      await rejects(storage.rename('a/1', 'b/2'), 'already-exists')
      await rejects(storage.rename('a', 'b'), 'already-exists')
      await rejects(storage.rename('a/1', 'b'), 'already-exists')
      assert.deepEqual(await content(storage, 'b/2'), [2])
    })

    test('a directory that was emptied is not there', async () => {
      const storage = await factory()
      await storage.write('a/b/1', bytes(1))
      await storage.remove('a/b/1')
      await rejects(storage.rename('a/b', 'c'), 'not-found')
      await storage.write('d', bytes(2))
      await storage.rename('d', 'a/b')
      assert.deepEqual(await content(storage, 'a/b'), [2])
    })

    test('removes a file, a directory, and what is not there', async () => {
      const storage = await factory()
      for (const path of ['a/1', 'a/b/2', 'ab/3']) await storage.write(path, bytes(1))
      await storage.remove('a/1')
      assert.deepEqual(await storage.list('a'), ['a/b/2'])
      await storage.remove('a')
      assert.deepEqual(await storage.list('a'), [])
      await storage.remove('a')
      await storage.remove('ab/3/4')
      assert.deepEqual(await storage.list('ab'), ['ab/3'])
    })
  })
}

function safety({ describe, test }: SuiteRunner, factory: Factory): void {
  describe('paths', () => {
    for (const path of ['', '/a', 'a/', 'a//b', '.', '..', 'a/../b', 'a/..', './a', 'a\\b', '..\\a', 'a\0b', 'C:/a', 'c:a']) {
      test(`refuses ${JSON.stringify(path)} everywhere`, async () => {
        const storage = await factory()
        const calls = [
          () => storage.read(path),
          () => storage.readRange(path, 0, 1),
          () => storage.size(path),
          () => storage.open(path),
          () => storage.write(path, bytes(1)),
          () => storage.create(path),
          () => storage.openAt(path, 0),
          () => storage.list(path),
          () => storage.remove(path),
          () => storage.rename(path, 'b'),
          () => storage.rename('a', path)
        ]
        await storage.write('a', bytes(1))
        for (const call of calls) await rejects(call(), 'invalid-path')
        assert.deepEqual(await content(storage, 'a'), [1])
      })
    }
  })
}

async function content(storage: Storage, path: string): Promise<number[]> {
  return [...((await storage.read(path)) ?? assert.fail(`there is no ${path}`))]
}

async function rejects(call: Promise<unknown>, code: StorageErrorCode): Promise<void> {
  await assert.rejects(call, (error) => error instanceof StorageError && error.code === code)
}
