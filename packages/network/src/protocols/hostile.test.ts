/**
 * Bytes from a peer that means harm, or is broken: every codec answers with a message or with a CodecError, never with anything else.
 *
 * The inputs are made from valid frames of every protocol: cut, flipped, replaced key by key, and random; all from fixed seeds.
 */
import { type Json, parseJson, stringifyJson } from '@auki/canonical'
import { describe, expect, it } from 'vitest'
import { CodecError, diagnostic, heartbeat, info, join, leave, membership, registries, resources, seen, stream } from './index.ts'

const utf8 = (text: string) => new TextEncoder().encode(text)
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes)

const peerId = '12D3KooWK99VoVxNE7XzyBwXEzW7xhK7Gpv85r9F3V3fyKSUKPH5'
const ref = { peerId: 'galbot', id: 'world', hash: '3055' }
const joinRequest = { multiaddrs: ['/ip4/192.0.2.1/tcp/4001'], authorization: 'Bearer x', observer: true }
const accept = { kind: 'accept', membershipJson: '{"peers":[]}', successorToken: Uint8Array.of(1, 2) } as const
const participant = {
  app: 'a',
  name: 'n',
  sessionId: 's',
  sessionClockId: 'c',
  sessionClockHash: 'h',
  sessionNowNs: 1n,
  clusterJoinedAtNs: 2n,
  peerId,
  appInstance: 'i',
  isManager: true,
  managerPeerId: peerId
}
const beat = {
  sentAtUnixNs: 1n,
  clockId: 'c',
  clockHash: 'h',
  sequence: 2n,
  sentAtClockNs: 3n,
  echo: { sequence: 4n, receivedAtClockNs: 5n },
  domainClock: {
    clusterName: 'c',
    domainClockId: 'c/domain-clock',
    domainClockHash: 'h',
    backingPeerId: 'p',
    backingClockId: 'b',
    backingClockHash: 'h',
    backingToDomainOffsetNs: -6n,
    backingToDomainUncertaintyNs: 7n
  },
  membership: { epoch: 8, version: 9 }
}
const row = {
  variant: 'pose_log',
  sourcePeerId: 'galbot',
  writerPeerId: 'park',
  resourceId: 'world->base',
  state: 'live',
  head: { kind: 'rolling', retentionNs: 5n },
  extent: { startAtNs: 1n, finishAtNs: 2n },
  available: { bytes: 1n, entries: 2n, durationNs: 3n },
  pose: { writerMode: 'rigid' },
  manifest: { fromFrame: ref, toFrame: ref, clock: ref, source: { kind: 'ros2_tf', publishers: ['a'] }, expectedRateHz: 30 }
} as const
const manifest = { ...stream.emptyManifest, sensorId: 's', resourceId: 'r', expectedRateHz: 30 }

interface Target {
  readonly name: string
  readonly decode: (payload: Uint8Array) => unknown
  readonly valid: readonly Uint8Array[]
}

const targets: Target[] = [
  { name: 'join request', decode: join.decodeRequest, valid: [join.encodeRequest(joinRequest), utf8('{"multiaddrs":["/ip4/192.0.2.1"]}')] },
  { name: 'join response', decode: join.decodeResponse, valid: [join.encodeResponse(accept), join.encodeResponse(accept, 'json')] },
  { name: 'leave request', decode: leave.decodeRequest, valid: [Uint8Array.of(0x0a, 1, 7)] },
  { name: 'info request', decode: info.decodeRequest, valid: [Uint8Array.of(0x0a, 1, 7), utf8('{"x":1}')] },
  {
    name: 'info response',
    decode: info.decodeResponse,
    valid: [info.encodeResponse(participant), info.encodeResponse(participant, 'json')]
  },
  {
    name: 'membership',
    decode: membership.decode,
    valid: [membership.encode({ managerPeerId: 'm', membershipJson: '{}', handoverTo: 'n' })]
  },
  { name: 'heartbeat', decode: heartbeat.decode, valid: [heartbeat.encode(beat)] },
  { name: 'diagnostic', decode: diagnostic.decode, valid: [diagnostic.encode({ topic: 't', payloadJson: '{}' })] },
  { name: 'registry request', decode: registries.decodeRequest, valid: [registries.encodeRequest({ kind: 'clock', id: 'i', hash: 'h' })] },
  {
    name: 'registry response',
    decode: registries.decodeResponse,
    valid: [registries.encodeResponse({ kind: 'clock', id: 'i', hash: 'h', canonicalJson: '{}' })]
  },
  {
    name: 'seen request',
    decode: seen.decodeRequest,
    valid: [seen.encodeRequest({ suspect: peerId }), seen.encodeRequest({ cluster: 'lab' })]
  },
  { name: 'seen response', decode: seen.decodeResponse, valid: [utf8('{"seen":true}'), utf8('{"here":false}')] },
  { name: 'resources request', decode: resources.decodeRequest, valid: [resources.encodeRequest({ variants: ['pose_log'] })] },
  { name: 'resources response', decode: resources.decodeResponse, valid: [resources.encodeResponse([row])] },
  {
    name: 'stream',
    decode: stream.decode,
    valid: [
      stream.encode({ kind: 'request', request: { resourceId: 'r', from: { fromTimestamp: 5n }, keep: 'latest' } }),
      stream.encode({ kind: 'accept', manifest }),
      stream.encode({ kind: 'decline', reason: { kind: 'other', detail: 'd' } }),
      stream.encode({ kind: 'entry', entry: { timestampNs: -1n, seq: 7n, payload: Uint8Array.of(1, 2, 3), dropped: 9n } }),
      stream.encode({ kind: 'end_of_stream', reason: { kind: 'producer_error', detail: 'd' } })
    ]
  }
]

/** Whether the payload was refused. Anything thrown but a CodecError fails the test. */
function refused(target: Target, payload: Uint8Array): boolean {
  try {
    target.decode(payload)
    return false
  } catch (error) {
    if (error instanceof CodecError) return true
    throw new Error(`${target.name} threw ${String(error)} for ${Buffer.from(payload).toString('hex')}`, { cause: error })
  }
}

function randomFrom(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

describe.each(targets)('$name', (target) => {
  const jsonFrames = target.valid.filter((payload) => payload[0] === 0x7b)

  it('accepts the valid frames this test is made of', () => {
    for (const payload of target.valid) expect(refused(target, payload)).toBe(false)
  })

  it('survives each of them cut anywhere; of JSON every part is refused', () => {
    for (const payload of target.valid) {
      for (let length = 0; length < payload.length; length++) {
        const wasRefused = refused(target, payload.subarray(0, length))
        if (payload[0] === 0x7b && length > 0) expect(wasRefused).toBe(true)
      }
    }
  })

  it('survives every flipped bit', () => {
    for (const payload of target.valid) {
      for (let bit = 0; bit < payload.length * 8; bit++) {
        const flipped = Uint8Array.from(payload)
        flipped[bit >> 3]! ^= 1 << (bit & 7)
        refused(target, flipped)
      }
    }
  })

  it('survives random bytes, and random bytes within valid frames', () => {
    const random = randomFrom(7)
    for (let run = 0; run < 1_000; run++) {
      refused(
        target,
        Uint8Array.from({ length: random(60) }, () => random(run % 2 === 0 ? 256 : 48))
      )
      const spoiled = Uint8Array.from(target.valid[run % target.valid.length]!)
      for (let count = random(4); count >= 0; count--) spoiled[random(spoiled.length)] = random(256)
      refused(target, spoiled)
    }
  })

  it('refuses nesting without end, bytes that are not UTF-8, and numbers without end', () => {
    for (const bad of [
      '['.repeat(100_000),
      '{"a":'.repeat(100_000),
      `{"x":${'['.repeat(50_000)}${']'.repeat(50_000)}}`,
      `{"x":${'9'.repeat(50_000)}}`
    ]) {
      expect(refused(target, utf8(bad))).toBe(true)
    }
    expect(refused(target, Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d))).toBe(true)
  })

  it('refuses or skips every key of a wrong type', () => {
    for (const payload of jsonFrames) {
      const whole = parseJson(text(payload), { integers: 'bigint' })
      for (const { value, replace } of keysOf(whole)) {
        for (const wrong of wrongFor(value)) {
          const bytes = utf8(stringifyJson(replace(wrong)))
          if (target.name === 'resources response' && !refused(target, bytes)) expect(resources.decodeResponse(bytes).skippedRows).toBe(1)
          else expect(refused(target, bytes), text(bytes)).toBe(target.name !== 'info request')
        }
      }
    }
  })
})

interface Key {
  readonly value: Json
  /** The whole document with this one value replaced. */
  replace(value: Json): Json
}

/** Every key of every object in a document, and every item of every array. */
function keysOf(document: Json): Key[] {
  if (typeof document !== 'object' || document === null) return []
  const entries: [string, Json][] = Object.entries(document)
  return entries.flatMap(([key, value]) => {
    const replace = (by: Json): Json =>
      Array.isArray(document) ? document.map((item, index) => (String(index) === key ? by : item)) : { ...document, [key]: by }
    return [
      { value, replace },
      ...keysOf(value).map((inner) => ({ value: inner.value, replace: (by: Json) => replace(inner.replace(by)) }))
    ]
  })
}

/** Values that no field with a value like `value` takes; fractions are no field's. */
function wrongFor(value: Json): Json[] {
  const candidates: Json[] = [0.5, 1e300, 1n, true, 'x', [], [[]], {}, { kind: {} }]
  return candidates.filter((candidate) => typeOf(candidate) !== typeOf(value))
}

const typeOf = (value: Json) => (Array.isArray(value) ? 'array' : typeof value)
