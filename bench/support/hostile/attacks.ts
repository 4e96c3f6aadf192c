/** What an attacker sends, by protocol: of what is allowed, that which costs the reader most. */

import type { ProtocolName } from '../../../tests/foreign/peer/substream.ts'
import { bytesOf, field, frame, joined, writeJson } from '../../../tests/foreign/peer/wire.ts'
import { beatText } from '../../../tests/hostile/cases.ts'

export interface Attack {
  /** As in the table and in `--protocol`. */
  readonly protocol: ProtocolName | 'openings' | 'discovery'
  readonly what: string
  /** `member`: joins first, as anybody may, and keeps its membership. */
  readonly as: 'stranger' | 'member'
  /** What goes over one substream, or as the body of one request; `document` is the membership document, once it is a member. */
  readonly bytes: (document: string) => Uint8Array
}

const kibi = 1_024
const mebi = kibi * kibi
const zeros = (bytes: number): string => `[${'0,'.repeat(bytes / 2 - 1)}0]`
const repeated = (piece: Uint8Array, bytes: number): Uint8Array => Buffer.alloc(bytes - (bytes % piece.length), piece)

/** The document with its members over and over, up to what a frame may hold. */
function swollen(document: string): string {
  const [member] = /\{[^{}]*"peer_id"[^{}]*\}/.exec(document) ?? ['{"peer_id":"nobody","multiaddrs":[]}']
  const members = new Array(Math.floor(800_000 / (member.length + 1))).fill(member)
  return `{"peers":[${members}],"epoch":9007199254740993,"version":9007199254740993}`
}

const membersOnly: Readonly<Record<Exclude<ProtocolName, 'join' | 'leave'>, Attack['bytes']>> = {
  membership: (document) => frame(writeJson({ manager_peer_id: 'anybody', membership_json: swollen(document) })),
  heartbeat: () => repeated(frame(beatText({ clock_id: `"${'c'.repeat(700)}"` })), 256 * kibi),
  info: () => frame(`{"colours":${zeros(60 * kibi)}}`),
  resources: () => frame(`{"variants":[${new Array(180_000).fill('"ab"')}]}`),
  registries: () => frame(`{"kind":"sensor","id":"wifi","hash":"${'0'.repeat(32)}","more":${zeros(60 * kibi)}}`),
  diagnostic: () => frame(writeJson({ topic: 'noise', payload_json: zeros(60 * kibi) })),
  stream: () => frame(field(1, repeated(field(2, 'wifi'), mebi))),
  clock: () => repeated(frame(''), 64 * kibi)
}

const address = `/dns4/${'a'.repeat(60)}.example/tcp/1`

export const attacks: readonly Attack[] = [
  { protocol: 'join', what: 'a megabyte of zeros', as: 'stranger', bytes: () => frame(`{"multiaddrs":${zeros(mebi - 64)}}`) },
  {
    ...{ protocol: 'join', what: '128 addresses', as: 'stranger' },
    bytes: () => frame(joined(...Array.from({ length: 128 }, () => field(1, address))))
  },
  { protocol: 'leave', what: 'again and again', as: 'stranger', bytes: () => frame(new Uint8Array(0)) },
  { protocol: 'openings', what: 'substreams without a word', as: 'stranger', bytes: () => new Uint8Array(0) },
  ...Object.entries(membersOnly).flatMap(([protocol, bytes]) =>
    (['stranger', 'member'] as const).map((as): Attack => ({ protocol: protocol as ProtocolName, what: 'its worst', as, bytes }))
  ),
  { protocol: 'discovery', what: 'bodies of zeros', as: 'stranger', bytes: () => bytesOf(`{"name":${zeros(60 * kibi)}}`) }
]
