/** A recording played into the logs of a real session. */
import { encodePayload } from '@auki/datatypes'
import { Peer } from '@auki/domain'
import { expect, test } from 'vitest'
import type { Track } from '../../packages/cli/src/mcap/channels.ts'
import { survey } from '../../packages/cli/src/mcap/recording-reader.ts'
import { RecordingWriter } from '../../packages/cli/src/mcap/recording-writer.ts'
import { Cast, keepingOf, type PlayedLog } from '../../packages/cli/src/playback.ts'
import { Player } from '../../packages/cli/src/player.ts'
import { MemoryFile, Studio } from './support.ts'

const s = 1_000_000_000n
/** Further apart than a log takes entries that go back; the last one far ahead. */
const times = [0n, 60n * s, 5n * s, 120n * s, s, 5n * s, 86_400n * s]

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const item of items) found.push(item)
  return found
}

async function scene({ loop, isSorted }: { readonly loop: boolean; readonly isSorted: boolean }) {
  const studio = await Studio.open()
  await studio.writeRaw(await studio.camera('camera', 'jpeg'), '', [])
  const file = new MemoryFile()
  const writer = new RecordingWriter(file)
  const recorder = await writer.addLog(studio.written[0]!.log)
  for (const [at, timestampNs] of times.entries())
    await recorder.write({ timestampNs, bytes: encodePayload('camera', { frame: Uint8Array.of(at) }) })
  await writer.end()
  const found = { ...(await survey(file)), isSorted }
  const peer = new Peer({ peerId: 'player', appId: 'test' })
  const session = await peer.startSession()
  const cast = new Cast(peer, session)
  const parts = new Map<Track, PlayedLog>()
  for (const track of found.tracks.keys()) parts.set(track, await cast.register(track, keepingOf(found, track, { loop })))
  const failed: string[] = []
  const onFailed = (_: Track, reason: string) => failed.push(reason)
  const player = new Player({ parts, rate: 1_000, maxGapMs: 1, onFailed, signal: new AbortController().signal })
  const [log] = session.logs.sensorLogs
  const read = async (): Promise<bigint[]> => (await all(log!.read())).map(({ timestampNs }) => timestampNs)
  return { found, player, failed, read }
}

const inOrder = times.toSorted((a, b) => Number(a - b))

test('entries out of order are all taken, in order of time', async () => {
  const { found, player, failed, read } = await scene({ loop: false, isSorted: true })
  await player.play(found.entries())
  await player.seal()
  expect([await read(), failed]).toEqual([inOrder, []])
})

test('entries that are too many to sort are taken as they come', async () => {
  const { found, player, failed, read } = await scene({ loop: false, isSorted: false })
  const entries = (await all(found.entries())).toReversed()
  await player.play(
    (async function* () {
      yield* entries
    })()
  )
  await player.seal()
  expect([await read(), failed]).toEqual([inOrder.toReversed(), []])
})

test('in a loop the second pass has later times, and what is over one pass old is forgotten', async () => {
  const { found, player, failed, read } = await scene({ loop: true, isSorted: true })
  const periodNs = found.durationNs + s
  for (const pass of [0n, 1n, 2n]) await player.play(found.entries(), pass * periodNs)
  expect(failed).toEqual([])
  expect(player.progress.entries).toBe(3 * times.length)
  const left = await read()
  expect(left.length).toBeLessThan(3 * times.length)
  expect(left.slice(-times.length)).toEqual(inOrder.map((time) => time + 2n * periodNs))
})
