/** Damages recordings at random, reads them, goes on recording in them, and compares with what the format says is to be expected. */
import assert from 'node:assert/strict'
import { memoryStorage, type RegistryRef, rosBody, type Storage } from '@auki/registry'
import { LogError, openLog, Peer, SessionError } from '@auki/session'
import { chance } from './chance.ts'
import { damaged } from './damage.ts'
import { judge, type SegmentFile } from './oracle.ts'

const durationNs = 1_000n
const directory = 'logs/p/s'
const pathOf = (startNs: bigint): string => `${directory}/segments/${String(startNs).padStart(20, '0')}.seg`

type Outcome = 'whole' | 'shorter' | 'refused'

/** The outcomes over so many seeds from one on. @throws AssertionError that names the seed at which something is not as it must be. */
export async function fuzz(from: number, seeds: number): Promise<Record<Outcome, number>> {
  const outcomes: Record<Outcome, number> = { whole: 0, shorter: 0, refused: 0 }
  const original = await recording()
  for (let seed = from; seed < from + seeds; seed++) {
    try {
      outcomes[await tryOne(original, seed)] += 1
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

/** The files of a recording with three segments. */
async function recording(): Promise<ReadonlyMap<string, Uint8Array>> {
  const storage = memoryStorage()
  const { session, register } = await start(storage)
  const log = await register()
  const upTo = chance(1)
  for (let i = 0; i < 60; i++) {
    await log.append({
      timestampNs: BigInt(Math.floor(i / 20)) * durationNs + BigInt(upTo(1_000)),
      payload: new Uint8Array(upTo(40)).fill(i)
    })
  }
  await session.end()
  const paths = [...(await storage.list('logs')), ...(await storage.list('registries'))]
  return new Map(await Promise.all(paths.map(async (path) => [path, (await storage.read(path))!] as const)))
}

async function tryOne(original: ReadonlyMap<string, Uint8Array>, seed: number): Promise<Outcome> {
  const upTo = chance(seed)
  const storage = memoryStorage()
  for (const [path, bytes] of original) await storage.write(path, bytes)
  for (let i = upTo(3); i >= 0; i--) {
    const path = pathOf(BigInt(upTo(3)) * durationNs)
    const bytes = await storage.read(path)
    if (bytes !== undefined && upTo(40) === 0) await storage.remove(path)
    else if (bytes !== undefined) await storage.write(path, damaged(bytes, upTo))
  }
  await checkReading(storage)
  return goOn(storage)
}

async function filesIn(storage: Storage): Promise<SegmentFile[]> {
  const files: SegmentFile[] = []
  for (const startNs of [0n, durationNs, 2n * durationNs, 3n * durationNs]) {
    const bytes = await storage.read(pathOf(startNs))
    if (bytes !== undefined) files.push({ startNs, bytes })
  }
  return files
}

async function checkReading(storage: Storage): Promise<number> {
  const { entries, fails } = judge(await filesIn(storage), durationNs)
  const reader = await openLog(storage, directory)
  const read: [bigint, Uint8Array][] = []
  try {
    for await (const { timestampNs, bytes } of reader.read()) read.push([timestampNs, bytes])
    assert.equal(fails, false, 'it should have said that the recording is damaged')
  } catch (error) {
    if (!(error instanceof LogError)) throw error
    assert.deepEqual([error.code, fails], ['format', true], error.message)
  }
  assert.deepEqual(read.map(withText), entries.map(withText))
  if (!fails) assert.equal(reader.available.entries, BigInt(entries.length))
  return entries.length
}

const withText = ([timestampNs, bytes]: readonly [bigint, Uint8Array]): string => `${timestampNs} ${Buffer.from(bytes).toString('hex')}`

/** Registers the log anew, appends to it, and reads it again. */
async function goOn(storage: Storage): Promise<Outcome> {
  const { session, register } = await start(storage)
  const before = await filesIn(storage)
  try {
    const log = await register()
    await log.append({ timestampNs: 3n * durationNs, payload: Uint8Array.of(1, 2, 3) })
  } catch (error) {
    if (!(error instanceof SessionError && error.cause instanceof LogError)) throw error
    assert.equal(error.cause.code, 'format')
    assert.deepEqual(await filesIn(storage), before, 'a refused recording was touched')
    return 'refused'
  } finally {
    await session.end()
  }
  return (await checkReading(storage)) === 61 ? 'whole' : 'shorter'
}
