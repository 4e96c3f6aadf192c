/**
 * Silence and floods over real TCP, with the default deadlines and limits: the attacker is cut off, what it held is given back, and no other peer notices.
 *
 * The limits themselves (requests at once, admissions at once, unfinished bytes, one carrier per peer) are tested in `packages/network/src`.
 */
import { createConnection } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '../foreign/our-peer.ts'
import { ForeignSubstream, type ProtocolName, protocols } from '../foreign/peer/substream.ts'
import { prefix } from '../foreign/peer/wire.ts'
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
