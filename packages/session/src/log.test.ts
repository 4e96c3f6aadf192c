import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { memoryStorage, type Storage } from '@auki/registry'
import { fileStorage } from '@auki/registry/node'
import { afterAll, describe, expect, test } from 'vitest'
import { openLog } from './open-log.ts'
import { logPath, payload, record, seen } from './testing/recorder.ts'

const temporary = await mkdtemp(join(tmpdir(), 'auki-log-'))
afterAll(() => rm(temporary, { recursive: true, force: true }))
let directories = 0

describe.each<[string, () => Storage]>([
  ['memory', memoryStorage],
  [
    'files',
    () => {
      directories += 1
      return fileStorage(join(temporary, String(directories)))
    }
  ]
])('a log, in %s', (_, newStorage) => {
  const segments = async (storage: Storage) =>
    (await storage.list(`${logPath}/segments`)).map((path) => Number(/(\d+)\.seg/.exec(path)![1]))

  test('gives back what was appended, in order, before and after it is written', async () => {
    const { log } = await record(newStorage())
    const entries: [bigint, number | undefined, number][] = []
    for (const [i, bytes] of [4, 0, 1, 10_000, 300_000, 0, 3, 8_192, 8_191].entries()) {
      log.append({ timestampNs: BigInt(i * 3), payload: payload(i, bytes) })
      entries.push([BigInt(i * 3), bytes === 0 ? undefined : i, bytes])
      expect(await seen(log.read())).toEqual(entries)
    }
    await log.flush()
    expect(await seen(log.read())).toEqual(entries)
    await log.seal()
    expect(await seen(log.read())).toEqual(entries)
  })

  test('is written in windows of its segments', async () => {
    const { storage, log } = await record(newStorage())
    for (const timestampNs of [12n, 19n, 11n, 20n, 55n]) log.append({ timestampNs, payload: payload(Number(timestampNs), 1) })
    await log.flush()
    expect(await segments(storage)).toEqual([10, 20, 50])
    const first = [...(await storage.read(`${logPath}/segments/00000000000000000010.seg`))!]
    const entry = (ns: number) => [ns, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, ns]
    expect(first).toEqual([0x41, 0x4b, 0x4c, 0x47, 1, 0, 0, 0, 10, 0, 0, 0, 0, 0, 0, 0, ...entry(12), ...entry(19), ...entry(11)])
  })

  test('goes on in the same segment in another session', async () => {
    const storage = newStorage()
    const first = await record(storage)
    for (const timestampNs of [2n, 13n]) first.log.append({ timestampNs, payload: payload(1) })
    await first.session.end()
    const second = await record(storage)
    expect(second.log.available).toEqual({ bytes: 64n, entries: 2n, durationNs: 11n })
    expect(second.log.startedAtNs).toBe(2n)
    second.log.append({ timestampNs: 11n, payload: payload(2) })
    second.log.append({ timestampNs: 20n, payload: payload(2) })
    await second.log.seal()
    expect(await segments(storage)).toEqual([0, 10, 20])
    const reader = await openLog(storage, logPath)
    expect(await seen(reader.read())).toEqual([
      [2n, 1, 4],
      [13n, 1, 4],
      [11n, 2, 4],
      [20n, 2, 4]
    ])
    expect(reader.available).toEqual(second.log.available)
  })
})
