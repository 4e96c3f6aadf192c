/** Malformed and misleading input over real TCP: it is refused or without effect, and nobody else notices. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '../foreign/our-peer.ts'
import type { ForeignNode } from '../foreign/peer/foreign-node.ts'
import { joinRequest, readJoinResponse } from '../foreign/peer/messages.ts'
import { type ProtocolName, protocols } from '../foreign/peer/substream.ts'
import { bytesOf, field, frame, hex, joined, readCompactJson, readJson, writeJson } from '../foreign/peer/wire.ts'
import { beatText, malformed } from './cases.ts'
import { attack, members, type Scene, scene } from './scene.ts'

let here: Scene
let attacker: ForeignNode
beforeAll(async () => {
  here = await scene('attacked')
  attacker = await here.attacker(210)
})
afterAll(async () => {
  await here.isWell()
  await here.holdsNothing()
  await here[Symbol.asyncDispose]()
})

const names = Object.keys(malformed) as ProtocolName[]

test.concurrent.each(names)('what is malformed over %s is refused', async (name) => {
  const { manager, member } = here
  const node = await here.attacker(220 + names.indexOf(name))
  for (const target of [manager, member]) {
    for (const { what, pieces, end = false, ending = 'reset' } of malformed[name]) {
      const outcome = await attack(node, target.peerId, protocols[name], pieces, { end })
      expect(outcome.ending, what).toBe(ending)
      // A carrier beats until it knows better.
      if (name !== 'heartbeat') expect(outcome.got, what).toBe('')
    }
  }
  expect(members(manager)).toContain(node.peerId)
  await here.isWell()
})

describe('who is no member', () => {
  test('may say goodbye all the same', async () => {
    const stranger = await here.stranger(211)
    const version = here.manager.domain.clusterManager.membership.version
    expect(await attack(stranger, here.manager.peerId, protocols.leave, [frame('')])).toEqual({ ending: 'closed', got: '00000000' })
    expect(await attack(stranger, here.member.peerId, protocols.leave, [frame('')])).toEqual({ ending: 'closed', got: '' })
    expect(here.manager.domain.clusterManager.membership.version).toBe(version)
  })

  test('finds no other protocols', async () => {
    const retired = [
      'sensors/0.0.1',
      'registry/0.0.1',
      'cluster/0.0.1',
      'cluster/1.0.0',
      'message/0.0.1',
      'resources/0.0.1',
      'registries/0.0.1'
    ]
    const unknown = [...retired, 'stream/0.1.0', 'stream/1.0.0', 'identify/0.0.1', 'join/0.0.2', 'heartbeat/1.0.0']
    const attempts = unknown.map((id) => expect(attacker.open(here.manager.peerId, `/auki/${id}`)).rejects.toThrow('/auki/'))
    await Promise.all(attempts)
  })
})

describe('is without effect:', () => {
  test('a forged document', async () => {
    const { clusterName, manager, member } = here
    const forged = (author: string, name: string, peers: unknown[], epoch: bigint, more = {}) =>
      writeJson({
        manager_peer_id: author,
        membership_json: writeJson({ cluster_name: name, epoch, version: 1n, peers }),
        ...more
      })
    const me = { peer_id: attacker.peerId, multiaddrs: attacker.multiaddrs, join_ts_ns: 1n }
    const other = (epoch: bigint) => [
      forged(attacker.peerId, clusterName, [me], epoch),
      forged(attacker.peerId, clusterName, [me], epoch, { handover_to: attacker.peerId }),
      forged(attacker.peerId, clusterName, [], epoch),
      forged(attacker.peerId, 'another', [me], epoch),
      forged(manager.peerId, clusterName, [{ ...me, peer_id: manager.peerId }, me], epoch),
      forged(attacker.peerId, clusterName, [me, me], epoch),
      forged(attacker.peerId, clusterName, [me, { ...me, peer_id: 'nobody' }], epoch),
      forged(attacker.peerId, clusterName, [{ ...me, join_ts_ns: '1' }], epoch)
    ]
    const unversioned = writeJson({
      manager_peer_id: attacker.peerId,
      membership_json: writeJson({ cluster_name: clusterName, peers: [me] })
    })
    const noDocuments = ['', '7', '{}', '['.repeat(20_000)].map((text) =>
      writeJson({ manager_peer_id: attacker.peerId, membership_json: text })
    )
    for (const { peerId } of [manager, member]) {
      for (const text of [...other(1n), ...other(2n ** 53n - 1n), ...other(2n ** 53n), ...other(-1n), unversioned, ...noDocuments]) {
        expect(await attack(attacker, peerId, protocols.membership, [frame(text)]), text).toEqual({ ending: 'closed', got: '' })
      }
    }
    await eventually(() => expect(members(member)).toEqual(members(manager)))
    expect(here.upsets).toEqual([])
  })

  test('heartbeats that lie', async () => {
    const { manager, member } = here
    const domainClock = await eventually(() => member.domain.clusterManager.domainClockEstimate())
    const { domainClockId, domainClockHash } = domainClock
    const lies = [
      beatText({ echo: '{"sequence":99,"received_at_clock_ns":-1}', sequence: '18446744073709551615' }),
      beatText({ echo: '{"sequence":1,"received_at_clock_ns":9223372036854775807}', sent_at_clock_ns: '-9223372036854775808' }),
      beatText({ membership: '{"epoch":9007199254740991,"version":9007199254740991}', future: '[]' }),
      ...[attacker.peerId, manager.peerId].map((backing) =>
        beatText({
          domain_clock: writeJson({
            ...{ cluster_name: here.clusterName, domain_clock_id: domainClockId, domain_clock_hash: domainClockHash },
            ...{ backing_peer_id: backing, backing_clock_id: 'c', backing_clock_hash: 'h', backing_to_domain_offset_ns: 5n }
          })
        })
      )
    ]
    const many = joined(...Array.from({ length: 500 }, () => joined(...lies.map(frame))))
    for (const { peerId, domain } of [manager, member]) {
      const carrier = await attacker.open(peerId, protocols.heartbeat)
      await carrier.frame()
      carrier.send(joined(...lies.map(frame)))
      // When the answer comes they have been read.
      await attacker.ask(peerId, 'info', '')
      const { backingPeerId, backingClockId } = domain.clusterManager.domainClockEstimate()
      expect({ backingPeerId, backingClockId }).toEqual({ backingPeerId: manager.peerId, backingClockId: domainClock.backingClockId })
      carrier.send(many)
      await carrier.frame()
      carrier.abort()
    }
  })

  test('questions for what is not there', async () => {
    const { manager, member } = here
    const { hash } = manager.sensor
    const ask = (id: string, asked = hash) => frame(writeJson({ kind: 'sensor', id, hash: asked }))
    const ids = ['../../../../etc/passwd', 'wifi/../wifi', 'wifi\u0000', '', 'C:\\wifi', 'WIFI', 'w'.repeat(60_000)]
    for (const { peerId } of [manager, member]) {
      for (const question of [...ids.map((id) => ask(id)), ...['', '../wifi', hash.toUpperCase()].map((asked) => ask('wifi', asked))]) {
        expect(await attack(attacker, peerId, protocols.registries, [question])).toEqual({
          ending: 'closed',
          got: hex(frame('{"entry":null}'))
        })
      }
      const unknown = frame(writeJson({ variants: ['point_cloud', '', 'SENSOR_LOG', ...Array(10_000).fill('x')] }))
      const nothing = hex(frame('{"resources":[]}'))
      expect(await attack(attacker, peerId, protocols.resources, [unknown])).toEqual({ ending: 'closed', got: nothing })
    }
  })

  test('what follows a request, and how it is cut up', async () => {
    const { peerId } = here.manager
    const question = frame(`{"kind":"sensor","id":"wifi","hash":"${here.manager.sensor.hash}"}`)
    const plain = await attack(attacker, peerId, protocols.registries, [question])
    expect(readCompactJson(Buffer.from(plain.got.slice(8), 'hex')).entry).toMatchObject({ kind: 'sensor', id: 'wifi' })
    const cut = [
      [joined(question, bytesOf('more'))],
      [joined(question, question)],
      [question, frame('7')],
      [question.slice(0, 3), question.slice(3, 5), question.slice(5)]
    ]
    for (const pieces of cut) expect(await attack(attacker, peerId, protocols.registries, pieces)).toEqual(plain)
  })

  test('fields that we do not know', async () => {
    const { peerId } = here.manager
    const extras = joined(
      field(2, 'x'),
      field(4_000, new Uint8Array(1_000)),
      Uint8Array.of(0x1d, 1, 2, 3, 4),
      Uint8Array.of(0x19, 1, 2, 3, 4, 5, 6, 7, 8)
    )
    const { ending, got } = await attack(attacker, peerId, protocols.info, [frame(extras)])
    expect(ending).toBe('closed')
    expect(got).toContain(hex(bytesOf(peerId)))
  })

  test('a join with more than anybody needs', async () => {
    const { manager } = here
    const addresses = Array.from({ length: 128 }, (_, port) => `/ip4/127.0.0.1/tcp/${port + 1}`)
    const request = joinRequest('protobuf', addresses, 'x'.repeat(900_000))
    const answer = await attacker.ask(manager.peerId, 'join', request)
    const { peers } = readJson((readJoinResponse('protobuf', answer!) as { document: string }).document)
    const listed = (peers as { peer_id: string; multiaddrs: string[] }[]).filter(({ peer_id }) => peer_id === attacker.peerId)
    expect(listed.map(({ multiaddrs }) => multiaddrs)).toEqual([addresses.slice(0, 16)])
    const atMember = await attacker.ask(here.member.peerId, 'join', request)
    expect(readJoinResponse('protobuf', atMember!)).toEqual({ reason: 'not the manager' })
  })

  test('more messages than anybody reads', async () => {
    const { domain, peerId } = here.member
    domain.clusterManager.drainDiagnosticMessages()
    const message = (number: number) => writeJson({ topic: `${number}`, payload_json: 'x'.repeat(100) })
    for (let number = 1; number <= 300; number++) {
      const { ending } = await attack(attacker, peerId, protocols.diagnostic, [frame(message(number))])
      expect(ending).toBe('closed')
    }
    const topics = domain.clusterManager.drainDiagnosticMessages().map(({ message: { topic } }) => topic)
    expect({ count: topics.length, first: topics[0], last: topics.at(-1) }).toEqual({ count: 64, first: '237', last: '300' }) // of one sender
  })
})
