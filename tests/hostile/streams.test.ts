/** Streams with a peer that means no good, on either side: it gets nothing that it should not, keeps nothing, and nobody else notices. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ForeignNode } from '../foreign/peer/foreign-node.ts'
import { accept, decline, end, entry, fromStart, fromTimestamp, request } from '../foreign/peer/streaming.ts'
import { type ForeignSubstream, protocols } from '../foreign/peer/substream.ts'
import { Feed } from '../foreign/peer/waiting.ts'
import { bytesOf, field, frame, hex, joined, numeric, prefix } from '../foreign/peer/wire.ts'
import { attack, type Scene, scene } from './scene.ts'

let here: Scene
let attacker: ForeignNode
beforeAll(async () => {
  here = await scene('streamed')
  attacker = await here.attacker(210)
})
afterAll(async () => {
  await here.isWell()
  await here.holdsNothing()
  await here[Symbol.asyncDispose]()
})

/** Opens a stream of the Manager's log and waits for the manifest. */
async function read(node: ForeignNode, pieces: readonly Uint8Array[] = [request('wifi')]): Promise<ForeignSubstream> {
  const substream = await node.open(here.manager.peerId, protocols.stream)
  for (const piece of pieces) substream.send(piece)
  const [first] = await substream.frame()
  expect(first, 'a manifest').toBe(0x12)
  return substream
}

describe('a hostile consumer', () => {
  test('is declined what is not there', async () => {
    const { manager } = here
    const ids = ['', 'WIFI', '../wifi', 'wifi/..', 'wifi\u0000', '__proto__', 'w'.repeat(60_000)]
    const questions = [...ids.map((id) => request(id)), request('wifi', fromStart, attacker.peerId), frame(field(1, ''))]
    for (const question of questions) {
      expect(await attack(attacker, manager.peerId, protocols.stream, [question])).toEqual({ ending: 'closed', got: hex(decline(1)) })
    }
  })

  test('may ask for any time that 64 bits hold, in as many pieces as it likes, with fields that we do not know', async () => {
    const times = [0n, -1n, 1n, 2n ** 63n - 1n, -(2n ** 63n)].map((time) => request('wifi', fromTimestamp(time), here.manager.peerId))
    const later = frame(
      field(1, joined(field(1, 'legacy'), field(2, 'wifi'), numeric(1000, 7), numeric(1001, 2n ** 64n - 1n), field(99, 'x')))
    )
    const bytewise = [...request('wifi')].map((byte) => Uint8Array.of(byte))
    for (const pieces of [...times.map((time) => [time]), [later], bytewise]) (await read(attacker, pieces)).abort()
  })

  test('that says more than its request is cut off, and who closes its side is let go', async () => {
    for (const more of [Uint8Array.of(0), request('wifi'), new Uint8Array(200_000)]) {
      const substream = await read(attacker)
      substream.send(more)
      expect(await substream.ended()).toBe('reset')
    }
    const substream = await read(attacker)
    substream.close()
    expect(await substream.ended()).toBeDefined()
  })
})

describe('a hostile producer', () => {
  const opened = new Feed<ForeignSubstream>()
  let say: (substream: ForeignSubstream) => void
  beforeAll(() =>
    attacker.serve('stream', (_, substream) => {
      substream.frame().then(
        () => {
          say(substream)
          opened.push(substream)
        },
        () => substream.abort()
      )
    })
  )
  const open = (answer: typeof say) => {
    say = answer
    return here.member.domain.clusterManager.openStream(attacker.peerId, { resourceId: 'cam' }, 'bytes')
  }
  const accepted = accept({ resourceId: 'cam' })

  test.each<[string, Uint8Array, boolean]>([
    ['nothing', new Uint8Array(0), true],
    ['half a prefix', new Uint8Array(2), true],
    ['half a manifest', joined(prefix(100), bytesOf('{"kind":')), true],
    ['an empty frame', prefix(0), false],
    ['a prefix over the cap', prefix(16_777_217), false],
    ['the largest prefix', prefix(0xffff_ffff), false],
    ['random bytes', frame(Uint8Array.from({ length: 64 }, (_, index) => (index * 151 + 255) % 256)), false],
    ['an entry', entry({ seq: 0n }), false],
    ['an end', end(1), false],
    ['no arm', frame(field(99, 'x')), false],
    ['no reason', frame(field(3, '')), false],
    ['a name that is no UTF-8', frame(field(2, field(7, Uint8Array.of(0xff, 0xfe)))), false]
  ])('that answers a request with %s', async (_, bytes, closes) => {
    const opening = open((substream) => {
      substream.send(bytes)
      if (closes) substream.close()
    })
    await expect(opening).rejects.toMatchObject({ code: 'protocol' })
    expect(await opened.all.at(-1)!.ended()).toBeDefined()
  })

  test('that answers with a name of 16 MiB of another log is refused', async () => {
    const opening = open((substream) => {
      const manifest = accept({ sensorId: 'x'.repeat(8_000_000), resourceId: 'y'.repeat(8_000_000) })
      for (let at = 0; at < manifest.length; at += 65_536) substream.send(manifest.subarray(at, at + 65_536))
    })
    await expect(opening).rejects.toMatchObject({ code: 'manifest-mismatch' })
  })

  test('that sends byte by byte is understood all the same, to the edges of 64 bits', async () => {
    const entries = [
      entry({ seq: 2n ** 64n - 1n, timestampNs: -(2n ** 63n), dropped: 2n ** 64n - 1n }),
      entry({ seq: 0n, timestampNs: 2n ** 63n - 1n })
    ]
    const subscription = await open((substream) => {
      for (const byte of joined(accepted, ...entries, end(4, 'done'))) substream.send(Uint8Array.of(byte))
    })
    const got: bigint[][] = []
    for await (const { seq, timestampNs } of subscription) got.push([seq, timestampNs, subscription.dropped])
    expect(got).toEqual([
      [2n ** 64n - 1n, -(2n ** 63n), 2n ** 64n - 1n],
      [0n, 2n ** 63n - 1n, 0n]
    ])
    expect(await subscription.ended).toEqual({ kind: 'producer_error', detail: 'done' })
  })

  test.each<[string, Uint8Array]>([
    ['an entry that is cut off', frame(Uint8Array.of(0x22, 0x7f, 0x08))],
    ['a second manifest', accepted],
    ['a length over the cap', prefix(16_777_217)],
    ['an end of no known kind', frame(field(5, field(77, '')))]
  ])('that sends %s among the entries costs its own stream', async (_, bytes) => {
    const subscription = await open((substream) => substream.send(joined(accepted, entry({ seq: 0n }), bytes, entry({ seq: 1n }))))
    const reading = (async () => {
      for await (const { seq } of subscription) expect(seq).toBe(0n)
    })()
    await expect(reading).rejects.toMatchObject({ code: 'protocol' })
    expect(await opened.all.at(-1)!.ended()).toBe('reset')
  })

  test('that floods a reader who does not read holds up nobody else', async () => {
    const piece = joined(...Array.from({ length: 300 }, (_, seq) => entry({ seq: BigInt(seq), payload: new Uint8Array(200) })))
    let sent = 0
    const subscription = await open((substream) => {
      substream.send(accepted)
      const push = (): void => {
        while (sent < 64 * 2 ** 20 && substream.stream.writeStatus === 'writable') {
          sent += piece.length
          if (!substream.stream.send(piece)) return
        }
      }
      substream.stream.addEventListener('drain', push)
      push()
    })
    await here.isWell()
    // A window of 1 MiB, and what the attacker's own side holds back.
    expect(sent).toBeLessThan(8 * 2 ** 20)
    await subscription.cancel()
    expect(await opened.all.at(-1)!.ended()).toBe('reset')
  })
})
