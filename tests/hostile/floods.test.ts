/** Silence and floods over real TCP: everything is cut off by a deadline or a cap, what it took is given back, and nobody else notices. */
import { createConnection } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '../foreign/our-peer.ts'
import type { ForeignNode } from '../foreign/peer/foreign-node.ts'
import { type Ending, ForeignSubstream, type ProtocolName, protocols } from '../foreign/peer/substream.ts'
import { Feed } from '../foreign/peer/waiting.ts'
import { frame, prefix } from '../foreign/peer/wire.ts'
import { attack, type Scene, scene } from './scene.ts'

const sockets = (): number => process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap' || name === 'TCPServerWrap').length

let here: Scene
let socketsBefore: number
beforeAll(async () => {
  socketsBefore = sockets()
  here = await scene('flooded')
})
afterAll(async () => {
  await here.holdsNothing()
  await here[Symbol.asyncDispose]()
  await eventually(() => expect(sockets()).toBe(socketsBefore))
})

/** Waits until `count` of them were ended by the other side, and then for a while in which the others could have been; how many are open still. */
async function openAfter(substreams: readonly ForeignSubstream[], count: number): Promise<number> {
  const ended = new Feed<Ending>()
  for (const substream of substreams)
    substream.ended().then(
      (ending) => ended.push(ending),
      () => {}
    )
  await ended.atLeast(count, 'substreams that were ended')
  for (let times = 0; times < 3; times++) await here.witness.node.ask(here.manager.peerId, 'info', '')
  return substreams.filter(({ ending }) => ending === undefined).length
}

const open = (node: ForeignNode, name: ProtocolName, count: number): Promise<ForeignSubstream[]> =>
  Promise.all(Array.from({ length: count }, () => node.open(here.manager.peerId, protocols[name])))

/** The protocols that begin with one frame of the asker; it is waited for at most five seconds, that of a stream ten. */
const oneShot = (Object.keys(protocols) as ProtocolName[]).filter((name) => name !== 'heartbeat')

describe.concurrent('is cut off:', () => {
  test('who speaks no libp2p', async () => {
    const [, , , , port] = here.manager.multiaddrs[0]!.split('/')
    const sockets = [`GET /${'x'.repeat(100)} HTTP/1.1\r\n\r\n`, `\x13/multistream/1.0.0\n\x07/noise\n${'x'.repeat(100_000)}`, ''].map(
      async (text) => {
        const socket = createConnection(Number(port), '127.0.0.1')
        const closed = new Promise((resolve) => socket.on('close', resolve).on('error', () => {}))
        socket.on('data', () => {})
        if (text === '') socket.end()
        else socket.write(text)
        await closed
      }
    )
    await Promise.all(sockets)
    await here.isWell()
  })

  test('who opens one carrier after the other: only the newest lives', async () => {
    const attacker = await here.attacker(233)
    const carriers: ForeignSubstream[] = []
    for (let count = 0; count < 20; count++) carriers.push(await attacker.open(here.manager.peerId, protocols.heartbeat))
    const last = carriers.pop()!
    for (const carrier of carriers) expect(await carrier.ended()).toBe('reset')
    for (let beats = 0; beats < 2; beats++) await last.frame()
    expect(last.ending).toBeUndefined()
    last.abort()
  })

  test('who opens a substream and says nothing, or not all', async () => {
    const silent = oneShot.map(async (name, index) => {
      const attacker = await here.attacker(220 + index)
      const outcomes = [here.manager, here.member].flatMap(({ peerId }) =>
        [[], [prefix(9), Uint8Array.of(0x7b)]].map((pieces) => attack(attacker, peerId, protocols[name], pieces, { withinMs: 20_000 }))
      )
      for (const outcome of await Promise.all(outcomes)) expect(outcome, name).toEqual({ ending: 'reset', got: '' })
    })
    await here.isWell()
    await Promise.all(silent)
  })

  test('who asks for more at once than the cap, and the slots are free again afterwards', async () => {
    const attacker = await here.attacker(230)
    const names = ['info', 'resources', 'registries', 'membership', 'diagnostic'] as const
    const silent = (await Promise.all(names.map((name) => open(attacker, name, 8)))).flat()
    expect(await openAfter(silent, 8)).toBe(32)
    await here.isWell()
    await Promise.all(silent.map((substream) => substream.ended()))
    const asked = await Promise.all(Array.from({ length: 32 }, () => attacker.ask(here.manager.peerId, 'info', '')))
    expect(asked.every((answer) => answer !== undefined)).toBe(true)
  })

  test('who joins and leaves more often at once than the cap', async () => {
    const attacker = await here.attacker(231)
    const silent = [...(await open(attacker, 'join', 3)), ...(await open(attacker, 'leave', 3))]
    expect(await openAfter(silent, 4)).toBe(2)
    await here.isWell()
    await Promise.all(silent.map((substream) => substream.ended()))
    expect(await attacker.ask(here.manager.peerId, 'join', '')).toBeDefined()
  })

  test('who leaves more bytes unfinished than the cap', async () => {
    const attacker = await here.attacker(232)
    const silent = await open(attacker, 'membership', 3)
    for (const substream of silent) {
      substream.send(prefix(1_048_576))
      substream.send(new Uint8Array(900_000).fill(0x20))
    }
    expect(await openAfter(silent, 1)).toBe(2)
    await here.isWell()
    await Promise.all(silent.map((substream) => substream.ended()))
    const whole = Array.from({ length: 2 }, () =>
      attack(attacker, here.manager.peerId, protocols.membership, [frame(new Uint8Array(1_000_000).fill(0x20))])
    )
    for (const outcome of await Promise.all(whole)) expect(outcome.ending).toBe('reset')
  })

  test('who opens substreams and names no protocol', async () => {
    const attacker = await here.attacker(234)
    const connection = attacker.connection(here.manager.peerId) as unknown as {
      muxer: { createStream(): Promise<ForeignSubstream['stream']> }
    }
    const streams = await Promise.all(Array.from({ length: 300 }, () => connection.muxer.createStream()))
    const silent = streams.map((stream) => new ForeignSubstream(stream))
    await here.isWell()
    for (const substream of silent) expect(await substream.ended()).toBe('reset')
    expect(await attacker.ask(here.manager.peerId, 'info', '')).toBeDefined()
  })
})
