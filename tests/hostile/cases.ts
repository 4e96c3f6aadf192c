/** What a hostile peer may send over each protocol, and how it must end. */
import * as streaming from '../foreign/peer/streaming.ts'
import type { ProtocolName } from '../foreign/peer/substream.ts'
import { bytesOf, field, frame, joined, numeric, prefix } from '../foreign/peer/wire.ts'

export interface Case {
  readonly what: string
  readonly pieces: readonly Uint8Array[]
  /** Half-close behind it. */
  readonly end?: boolean
  /** `reset`: at once and without a byte. `closed`: without a byte. Default: reset. */
  readonly ending?: 'reset' | 'closed'
}

const caps: Readonly<Record<ProtocolName, number>> = {
  join: 1_048_576,
  leave: 65_536,
  membership: 1_048_576,
  heartbeat: 1_024,
  info: 65_536,
  resources: 1_048_576,
  registries: 65_536,
  diagnostic: 65_536,
  stream: 16_777_216,
  clock: 1_024
}
const mayBeEmpty: readonly ProtocolName[] = ['join', 'leave', 'info', 'clock']

const payload = (what: string, content: Uint8Array | string, ending?: Case['ending']): Case => ({
  what,
  pieces: [frame(content)],
  ...(ending && { ending })
})

/** Frames that are broken, whatever they are of. */
function framing(name: ProtocolName): Case[] {
  const cap = caps[name]
  return [
    { what: 'a prefix over the cap', pieces: [prefix(cap + 1)] },
    { what: 'the largest prefix', pieces: [prefix(0xffff_ffff)] },
    { what: 'a frame over the cap, all of it', pieces: [frame(new Uint8Array(cap + 1).fill(0x20))] },
    // Whoever has no question about a clock is done.
    { what: 'an end before anything', pieces: [], end: true, ...(name === 'clock' && { ending: 'closed' }) },
    { what: 'an end inside the prefix', pieces: [new Uint8Array(3)], end: true },
    { what: 'an end before the payload', pieces: [prefix(7)], end: true },
    { what: 'an end inside the payload', pieces: [prefix(cap), new Uint8Array(cap - 1).fill(0x7b)], end: true },
    ...(mayBeEmpty.includes(name) ? [] : [{ what: 'an empty frame', pieces: [prefix(0)] }])
  ]
}

/** Payloads that are no JSON object. */
const noObject: readonly Case[] = [
  payload(
    'random bytes',
    Uint8Array.from({ length: 64 }, (_, index) => (index * 151 + 255) % 256)
  ),
  payload('no UTF-8', joined(bytesOf('{"topic":"'), Uint8Array.of(0xff), bytesOf('"}'))),
  payload('half an object', '{"kind":'),
  payload('two objects', '{}{}'),
  payload('an array', '[]'),
  payload('null', 'null'),
  payload('a number', '7'),
  payload('a byte order mark', '\ufeff{}'),
  payload('deep nesting', '['.repeat(1_000)),
  payload('deeper nesting than any stack', `{"kind":${'[{"a":'.repeat(10_000)}`)
]
/** Deep nesting does not fit a heartbeat. */
const smallNoObject = noObject.filter(({ pieces: [piece] }) => piece!.length < 1_024)

/** Payloads of join, leave and info that are no protobuf. */
const noProtobuf: readonly Case[] = [
  payload('a field that is cut off', Uint8Array.of(0x0a, 0x05, 0x61)),
  payload('a field longer than memory', Uint8Array.of(0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f)),
  payload('field number 0', Uint8Array.of(0x02, 0x00)),
  payload('wire type 7', Uint8Array.of(0x0f)),
  payload('an end of a group that never began', Uint8Array.of(0x0c)),
  payload('a number without end', new Uint8Array(12).fill(0xff)),
  payload('a tag without a value', Uint8Array.of(0x12))
]

const hash = '0'.repeat(32)
const join: readonly Case[] = [
  payload('no UTF-8 in an address', field(1, Uint8Array.of(0xff, 0xfe))),
  payload('a field of another type', Uint8Array.of(0x08, 0x01)),
  payload('more records than are read', joined(...Array.from({ length: 4_097 }, () => field(1, '/ip4/127.0.0.1/tcp/1')))),
  payload('half a JSON form', '{'),
  payload('a JSON form without addresses', '{}'),
  payload('addresses that are no list', '{"multiaddrs":"/ip4/127.0.0.1/tcp/1"}'),
  payload('addresses that are no texts', '{"multiaddrs":[7]}'),
  payload('a bad address', field(1, '/ip4/999.0.0.1/tcp/1'), 'closed'),
  payload('a bad address among good ones', joined(field(1, '/ip4/127.0.0.1/tcp/1'), field(1, 'http://robot')), 'closed'),
  payload('an empty address', field(1, ''), 'closed'),
  payload('an endless address', field(1, `/dns4/${'a'.repeat(100_000)}/tcp/1`), 'closed'),
  payload('a bad address in the JSON form', '{"multiaddrs":["/ip4/1.2.3.4/tcp/65536"]}', 'closed')
]
const registries: readonly Case[] = [
  payload('an unknown kind', `{"kind":"sensors","id":"wifi","hash":"${hash}"}`),
  payload('a kind in capitals', `{"kind":"Sensor","id":"wifi","hash":"${hash}"}`),
  payload('no id', `{"kind":"sensor","hash":"${hash}"}`),
  payload('an id that is no text', `{"kind":"sensor","id":["wifi"],"hash":"${hash}"}`),
  payload('a hash that is no text', '{"kind":"sensor","id":"wifi","hash":7}'),
  payload('a lone surrogate', `{"kind":"sensor","id":"\\ud800","hash":"${hash}"}`),
  payload('fields by inheritance', `{"__proto__":{"kind":"sensor","id":"wifi","hash":"${hash}"}}`)
]
const resources: readonly Case[] = [
  payload('variants that are no list', '{"variants":"sensor_log"}'),
  payload('a variant that is no text', '{"variants":["sensor_log",7]}'),
  payload('variants of another shape', '{"variants":{"0":"sensor_log"}}')
]
const diagnostic: readonly Case[] = [
  payload('no topic', '{"payload_json":"{}"}'),
  payload('a payload that is no text', '{"topic":"t","payload_json":{}}'),
  payload('a topic that is null', '{"topic":null,"payload_json":"{}"}')
]
const membership: readonly Case[] = [
  payload('no author', '{"membership_json":"{}"}'),
  payload('an author that is no text', '{"manager_peer_id":7,"membership_json":"{}"}'),
  payload('a document that is no text', '{"manager_peer_id":"a","membership_json":{}}'),
  payload('a hint that is no text', '{"manager_peer_id":"a","membership_json":"{}","handover_to":7}')
]

const beat = {
  ...{ sent_at_unix_ns: '1', clock_id: '"c"', clock_hash: '"h"', sequence: '1', sent_at_clock_ns: '1' }
}
/** A heartbeat with these fields changed; `undefined` leaves one out. */
export const beatText = (changes: Readonly<Record<string, string | undefined>> = {}): string => {
  const fields = Object.entries({ ...beat, ...changes }).filter(([, value]) => value !== undefined)
  return `{${fields.map(([key, value]) => `"${key}":${value}`).join(',')}}`
}
const wrongBeat = (what: string, changes: Readonly<Record<string, string | undefined>>): Case => payload(what, beatText(changes))
const heartbeat: readonly Case[] = [
  payload('the retired form', '{"sent_at_unix_ns":1715423400000000000}'),
  wrongBeat('no sequence', { sequence: undefined }),
  wrongBeat('a negative sequence', { sequence: '-1' }),
  wrongBeat('a sequence over u64', { sequence: '18446744073709551616' }),
  wrongBeat('a sequence in quotes', { sequence: '"1"' }),
  wrongBeat('a sequence with a fraction', { sequence: '1.0' }),
  wrongBeat('a reading with an exponent', { sent_at_clock_ns: '1e3' }),
  wrongBeat('a reading over i64', { sent_at_clock_ns: '9223372036854775808' }),
  wrongBeat('a clock that is no text', { clock_id: '7' }),
  wrongBeat('half an echo', { echo: '{"sequence":1}' }),
  wrongBeat('an echo that is a list', { echo: '[1,1]' }),
  wrongBeat('half a domain clock', { domain_clock: '{"cluster_name":"a"}' }),
  wrongBeat('a document version over 2^53', { membership: '{"epoch":9007199254740993,"version":1}' }),
  { what: 'a good beat, then a bad one', pieces: [joined(frame(beatText()), frame('7'))] },
  { what: 'a good beat, then an oversized one', pieces: [joined(frame(beatText()), prefix(1_025))] }
]

const asked = streaming.request('wifi')
const arm = (content: Uint8Array): Uint8Array => field(1, joined(field(2, 'wifi'), content))
const stream: readonly Case[] = [
  { what: 'a manifest', pieces: [streaming.accept({ resourceId: 'wifi' })] },
  { what: 'a decline', pieces: [streaming.decline(1)] },
  { what: 'an entry', pieces: [streaming.entry({ seq: 0n, payload: new Uint8Array(9) })] },
  { what: 'an end', pieces: [streaming.end(1)] },
  payload('no arm', field(99, 'x')),
  payload('a request that is a number', numeric(1, 7)),
  payload('no UTF-8 in a resource id', field(1, field(2, Uint8Array.of(0xff, 0xfe)))),
  payload('a resource id that is longer than the request', field(1, Uint8Array.of(0x12, 0x7f, 0x61))),
  payload('a timestamp without end', arm(field(6, joined(Uint8Array.of(0x08), new Uint8Array(11).fill(0xff))))),
  payload('a timestamp that is cut off', arm(field(6, Uint8Array.of(0x08, 0xff)))),
  payload('a timestamp of another type', arm(field(6, field(1, 'yesterday')))),
  { what: 'a request and one byte more', pieces: [joined(asked, Uint8Array.of(0))] },
  { what: 'two requests', pieces: [joined(asked, asked)] }
]

/** Everything that must be refused, by protocol. */
export const malformed: Readonly<Record<ProtocolName, readonly Case[]>> = {
  join: [...framing('join'), ...noProtobuf, ...join],
  leave: [...framing('leave'), ...noProtobuf],
  info: [...framing('info'), ...noProtobuf, payload('half a JSON form', '{'), payload('a JSON list', '{]')],
  resources: [...framing('resources'), ...noObject, ...resources],
  registries: [...framing('registries'), ...noObject, payload('no field', '{}'), ...registries],
  membership: [...framing('membership'), ...noObject, payload('no field', '{}'), ...membership],
  diagnostic: [...framing('diagnostic'), ...noObject, payload('no field', '{}'), ...diagnostic],
  stream: [...framing('stream'), ...noProtobuf, ...stream],
  clock: [...framing('clock'), payload('a question with content', 'what does it read?')],
  heartbeat: [...framing('heartbeat'), ...smallNoObject, payload('no field', '{}'), ...heartbeat]
}
