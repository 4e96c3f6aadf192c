/**
 * Damages recordings at random, reads them, goes on recording in them, and compares.
 *
 * With checksums, nothing may come back that was not written, and what is missing must be said, unless the newest file was cut short. Without them, as other
 * implementations write, what the format says is to be expected.
 */
import assert from 'node:assert/strict'
import { memoryStorage, type RegistryRef, rosBody, type Storage } from '@auki/registry'
import { type LogDamage, LogError, openLog, Peer, SessionError } from '@auki/session'
import { chance } from './chance.ts'
import { damaged, damagedBlock } from './damage.ts'
import { judge, type SegmentFile } from './oracle.ts'

const durationNs = 1_000n
const directory = 'logs/p/s'
const pathOf = (startNs: bigint): string => `${directory}/segments/${String(startNs).padStart(20, '0')}.seg`
const sumsOf = (startNs: bigint): string => pathOf(startNs).replace('.seg', '.sum')
const appended = Uint8Array.of(1, 2, 3)
const starts = [0n, durationNs, 2n * durationNs, 3n * durationNs]

type Outcome = 'whole' | 'shorter' | 'refused'

/** The files of a recording, and the entries in each of its segments. */
interface Original {
  readonly files: ReadonlyMap<string, Uint8Array>
  readonly entries: ReadonlyMap<bigint, readonly string[]>
}

/** The outcomes over so many seeds from one on. @throws AssertionError that names the seed at which something is not as it must be. */
export async function fuzz(from: number, seeds: number): Promise<Record<Outcome, number>> {
  const outcomes: Record<Outcome, number> = { whole: 0, shorter: 0, refused: 0 }
  const originals = [await recording(40, 150), await recording(2_000, 20)]
  for (let seed = from; seed < from + seeds; seed++) {
    try {
      const original = originals[seed % 2]!
      outcomes[await tryOne(original, seed, Math.floor(seed / 2) % 2 === 0 ? 'with checksums' : 'without checksums')] += 1
    } catch (error) {
      throw new assert.AssertionError({ message: `seed ${seed}: ${error instanceof Error ? (error.stack ?? error.message) : error}` })
    }
  }
  return outcomes
}

async function start(storage: Storage) {
  const peer = new Peer({ peerId: 'p', appId: 'fuzz', storage })
  const frame = await peer.registerFrame('base', rosBody)
  const sensor = await peer.registerSensor('s', { kind: 'rf', type: 'wifi', frame })
  const session = await peer.startSession()
  const register = (clock: RegistryRef = session.utcClock) =>
    session.registerSensorLog({ sensor, clock, head: { kind: 'fixed' }, segmentDurationNs: durationNs })
  return { session, register }
}

/** The files of a recording with three segments of so many entries; payloads have fewer than so many bytes, and no two look alike. */
async function recording(bytesMax: number, perSegment: number): Promise<Original> {
  const storage = memoryStorage()
  const { session, register } = await start(storage)
  const log = await register()
  const upTo = chance(bytesMax)
  for (let i = 0; i < 3 * perSegment; i++) {
    const timestampNs = BigInt(Math.floor(i / perSegment)) * durationNs + BigInt(upTo(1_000))
    await log.append({ timestampNs, payload: Uint8Array.from({ length: upTo(bytesMax) }, () => upTo(256)) })
  }
  await session.end()
  const paths = [...(await storage.list('logs')), ...(await storage.list('registries'))]
  const files = new Map(await Promise.all(paths.map(async (path) => [path, (await storage.read(path))!] as const)))
  const entries = new Map((await filesIn(storage)).map((file) => [file.startNs, judge([file], durationNs).entries.map(asText)]))
  return { files, entries: entries.set(3n * durationNs, [asText([3n * durationNs, appended])]) }
}

async function tryOne(original: Original, seed: number, kind: 'with checksums' | 'without checksums'): Promise<Outcome> {
  const upTo = chance(seed)
  const storage = memoryStorage()
  for (const [path, bytes] of original.files) {
    if (kind === 'with checksums' || !path.endsWith('.sum')) await storage.write(path, bytes)
  }
  for (let i = upTo(3); i >= 0; i--) {
    const startNs = BigInt(upTo(3)) * durationNs
    // Checksums are damaged as well, now and then.
    const path = kind === 'with checksums' && upTo(8) === 0 ? sumsOf(startNs) : pathOf(startNs)
    const bytes = await storage.read(path)
    if (bytes !== undefined && upTo(40) === 0) await storage.remove(pathOf(startNs))
    else if (bytes !== undefined) await storage.write(path, upTo(2) === 0 ? damaged(bytes, upTo) : damagedBlock(bytes, upTo))
  }
  const check = kind === 'with checksums' ? checkWritten : checkFormat
  await check(storage, original)
  return goOn(storage, () => check(storage, original))
}

async function filesIn(storage: Storage): Promise<SegmentFile[]> {
  const files: SegmentFile[] = []
  for (const startNs of starts) {
    const bytes = await storage.read(pathOf(startNs))
    if (bytes !== undefined) files.push({ startNs, bytes })
  }
  return files
}

interface Reading {
  readonly entries: readonly string[]
  readonly fails: boolean
  readonly damage: readonly LogDamage[]
}

async function readAll(storage: Storage): Promise<Reading> {
  const reader = await openLog(storage, directory)
  const entries: string[] = []
  try {
    for await (const { timestampNs, bytes } of reader.read()) entries.push(asText([timestampNs, bytes]))
  } catch (error) {
    if (!(error instanceof LogError)) throw error
    assert.equal(error.code, 'format', error.message)
    return { entries, fails: true, damage: reader.damage }
  }
  assert.equal(reader.available.entries, BigInt(entries.length))
  return { entries, fails: false, damage: reader.damage }
}

const asText = ([timestampNs, bytes]: readonly [bigint, Uint8Array]): string => `${timestampNs} ${Buffer.from(bytes).toString('hex')}`

/** What comes back is what the format says. */
async function checkFormat(storage: Storage, original: Original): Promise<Outcome> {
  const expected = judge(await filesIn(storage), durationNs)
  const reading = await readAll(storage)
  const { entries, fails } = reading
  assert.equal(fails, expected.fails, 'it should (not) have said that the recording is damaged')
  assert.deepEqual(entries, expected.entries.map(asText))
  return outcomeOf(reading, original)
}

/** What comes back is what was written, and of each file the beginning. What is missing is said, unless the newest file was cut, or a whole file is gone. */
async function checkWritten(storage: Storage, original: Original): Promise<Outcome> {
  const reading = await readAll(storage)
  const { entries, fails, damage } = reading
  let left = entries
  const files = await filesIn(storage)
  for (const [i, { startNs }] of files.entries()) {
    const written = original.entries.get(startNs)!
    const same = written.findIndex((entry, at) => entry !== left[at])
    const found = same === -1 ? written.length : same
    left = left.slice(found)
    if (found === written.length) continue
    const isSaid = fails || [...damage, ...(cut.get(storage) ?? [])].some(({ path }) => path === pathOf(startNs))
    assert.ok(isSaid || i === files.length - 1, `${written.length - found} entries of ${startNs} are missing without a word`)
  }
  assert.deepEqual(left, [], 'it returns what was not written')
  return outcomeOf(reading, original)
}

function outcomeOf({ entries, fails }: Reading, original: Original): Outcome {
  const written = [...original.entries.values()].reduce((sum, { length }) => sum + length, 0)
  return fails || entries.length < written - 1 ? 'shorter' : 'whole'
}

/** What a log that went on said of the files, and cut. */
const cut = new WeakMap<Storage, readonly LogDamage[]>()

/** Registers the log anew, appends to it, and reads it again. */
async function goOn(storage: Storage, check: () => Promise<Outcome>): Promise<Outcome> {
  const { session, register } = await start(storage)
  const before = await filesIn(storage)
  try {
    const log = await register()
    cut.set(storage, log.damage)
    await log.append({ timestampNs: 3n * durationNs, payload: appended })
  } catch (error) {
    if (!(error instanceof SessionError && error.cause instanceof LogError)) throw error
    assert.equal(error.cause.code, 'format')
    assert.deepEqual(await filesIn(storage), before, 'a refused recording was touched')
    return 'refused'
  } finally {
    await session.end()
  }
  return check()
}
