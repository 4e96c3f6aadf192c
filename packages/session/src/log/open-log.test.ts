import { memoryStorage } from '@auki/registry'
import { describe, expect, test } from 'vitest'
import { logPath, put, record, seen, segmentAt } from '../testing/recorder.ts'
import { openLog } from './open-log.ts'

describe('openLog', () => {
  test('reads a recording as it was then', async () => {
    const { storage, log, session } = await record()
    put(log, 5n, 15n)
    await log.flush()
    const reader = await openLog(storage, logPath)
    put(log, 16n, 25n)
    await session.end()
    expect(await seen(reader.read())).toEqual([5n, 15n])
    expect([reader.available, reader.extent]).toEqual([
      { bytes: 64n, entries: 2n, durationNs: 10n },
      { startAtNs: 5n, finishAtNs: 15n }
    ])
    expect(reader.manifest).toEqual(log.manifest)
    expect(await seen((await openLog(storage, logPath)).read({ from: { fromTimestamp: 16n } }))).toEqual([16n, 25n])
  })

  test('says so when its writer evicts what it was about to read', async () => {
    const { storage, log } = await record()
    put(log, 5n, 15n, 25n)
    await log.flush()
    const reader = await openLog(storage, logPath)
    await storage.remove(segmentAt(0n))
    await storage.remove(segmentAt(10n))
    const entries: [bigint, boolean][] = []
    for await (const { timestampNs, overtaken } of reader.read()) entries.push([timestampNs, overtaken])
    expect(entries).toEqual([[25n, true]])
    await storage.remove(segmentAt(20n))
    await expect(seen(reader.read())).rejects.toMatchObject({ code: 'io', message: expect.stringContaining('is gone') })
  })

  test('can be given up', async () => {
    const { storage } = await record()
    const reason = new Error('enough')
    await expect(openLog(storage, logPath, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    const controller = new AbortController()
    const opening = openLog(storage, logPath, { signal: controller.signal })
    controller.abort(reason)
    await expect(opening).rejects.toBe(reason)
  })

  test.each([
    ['nothing', undefined],
    ['no JSON', '{'],
    ['the manifest of no kind of log', '{"x":1}'],
    ['no UTF-8', Uint8Array.of(0xff)]
  ])('refuses a directory with %s', async (_, content) => {
    const storage = memoryStorage()
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content
    if (bytes !== undefined) await storage.write('logs/p/x/manifest.json', bytes)
    await expect(openLog(storage, 'logs/p/x')).rejects.toMatchObject({ name: 'LogError', code: 'manifest' })
  })

  test('refuses a manifest whose windows have no length, and a path that leads elsewhere', async () => {
    const { storage } = await record()
    const path = `${logPath}/manifest.json`
    const text = new TextDecoder().decode(await storage.read(path))
    await storage.write(path, new TextEncoder().encode(text.replace('"segment_duration_ns":10', '"segment_duration_ns":0')))
    await expect(openLog(storage, logPath)).rejects.toMatchObject({ code: 'manifest' })
    await expect(openLog(storage, '../logs')).rejects.toMatchObject({ code: 'invalid-path' })
    storage.read = () => Promise.reject(new Error('the disk is off'))
    await expect(openLog(storage, logPath)).rejects.toMatchObject({ code: 'io', message: 'io: the disk is off' })
  })
})
