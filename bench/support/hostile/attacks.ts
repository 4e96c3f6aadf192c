/** What an attacker sends, by row of the table: of what it can send, that which costs the reader most. */

import { type ProtocolName, protocols } from '../../../tests/foreign/peer/substream.ts'
import { bytesOf, field, frame, joined, writeJson } from '../../../tests/foreign/peer/wire.ts'
import { beatText } from '../../../tests/hostile/cases.ts'
import { fin, greeting, line, type Piece, rst, syn } from './volley.ts'

/** How it is sent. */
export type Way =
  /** A substream each, with all manners: windows are respected and ends waited for. `document`: that of the cluster, once it is a member. */
  | { readonly kind: 'requests'; readonly protocol: ProtocolName; readonly bytes: (document: string) => Uint8Array }
  /** Frames of the muxer, made beforehand and sent over and over; nobody waits for anything. */
  | { readonly kind: 'volleys'; readonly times: number; readonly pieces: () => readonly Piece[] }
  /** A socket each, which says this and is cut after the first answer, or when it is not taken. */
  | { readonly kind: 'sockets'; readonly bytes: () => Uint8Array }
  /** A connection each, with all that belongs to one, over which one request is written. */
  | { readonly kind: 'visits'; readonly bytes: () => Uint8Array }
  /** A request to Discovery each. */
  | { readonly kind: 'posts'; readonly bytes: () => Uint8Array }

export interface Attack {
  /** As in the table and in `--rows`. */
  readonly name: string
  /** `member`: joins first, as anybody may, and keeps its membership. */
  readonly as: 'stranger' | 'member'
  readonly at: 'manager' | 'follower' | 'discovery'
  readonly way: Way
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

type MembersOnly = Exclude<ProtocolName, 'join' | 'leave'>

const worst: Readonly<Record<MembersOnly, (document: string) => Uint8Array>> = {
  membership: (document) => frame(writeJson({ manager_peer_id: 'anybody', membership_json: swollen(document) })),
  heartbeat: () => repeated(frame(beatText({ clock_id: `"${'c'.repeat(700)}"` })), 256 * kibi),
  info: () => frame(`{"colours":${zeros(60 * kibi)}}`),
  resources: () => frame(`{"variants":[${new Array(180_000).fill('"ab"')}]}`),
  registries: () => frame(`{"kind":"sensor","id":"wifi","hash":"${'0'.repeat(32)}","more":${zeros(60 * kibi)}}`),
  diagnostic: () => frame(writeJson({ topic: 'noise', payload_json: zeros(60 * kibi) })),
  stream: () => frame(field(1, repeated(field(2, 'wifi'), mebi))),
  clock: () => repeated(frame(''), 64 * kibi)
}

/** A substream that names its protocol and says this at once, without waiting for an answer. */
const blurted = (protocol: string, bytes: Uint8Array, end: number): Piece[] => [
  { flag: syn, data: joined(greeting, line(protocol), bytes) },
  { flag: end }
]

const address = `/dns4/${'a'.repeat(60)}.example/tcp/1`
const addresses = frame(joined(...Array.from({ length: 128 }, () => field(1, address))))
const relays = { identify: '/ipfs/id/1.0.0', ping: '/ipfs/ping/1.0.0', relay: '/libp2p/circuit/relay/0.2.0/hop' }
/** Protocols that there are none of, one a line. */
const unknown = repeated(line('a'), 60 * kibi)
/** What a handshake begins with: any 32 bytes are a key. */
const hello = joined(greeting, line('/noise'), Uint8Array.of(0, 32), new Uint8Array(32).fill(9))

const volleys = (times: number, pieces: () => readonly Piece[]): Way => ({ kind: 'volleys', times, pieces })
const requests = (protocol: ProtocolName, bytes: (document: string) => Uint8Array): Way => ({ kind: 'requests', protocol, bytes })
const joinOfZeros = requests('join', () => frame(`{"multiaddrs":${zeros(mebi - 64)}}`))

const ways: Readonly<Record<string, Way>> = {
  'join.json': joinOfZeros,
  'join.128': volleys(4, () => blurted(protocols.join, addresses, fin)),
  leave: volleys(64, () => blurted(protocols.leave, frame(''), fin)),
  'openings.silent': volleys(2_000, () => [{ flag: syn }]),
  'openings.reset': volleys(2_000, () => [{ flag: syn }, { flag: rst }]),
  'openings.garbage': volleys(1, () => [{ flag: syn, data: joined(greeting, unknown) }, { flag: rst }]),
  pings: volleys(4_000, () => [{ flag: syn, ping: 7 }]),
  'endless frame': volleys(1, () => [{ flag: syn, data: new Uint8Array(64 * kibi), length: 0xffff_ffff }]),
  'connections.garbage': { kind: 'sockets', bytes: () => joined(greeting, unknown) },
  'connections.handshake': { kind: 'sockets', bytes: () => hello },
  'connections.visit': { kind: 'visits', bytes: () => addresses }
}

const membersOnly = Object.keys(worst) as MembersOnly[]
const pieceBytes = 64 * kibi

export const attacks: readonly Attack[] = [
  ...Object.entries(ways).map(([name, way]): Attack => ({ name, as: 'stranger', at: 'manager', way })),
  ...membersOnly.map((name): Attack => {
    const bytes = worst[name]('').subarray(0, pieceBytes)
    return { name, as: 'stranger', at: 'manager', way: volleys(4, () => blurted(protocols[name], bytes, rst)) }
  }),
  ...Object.entries(relays).map(([name, protocol]): Attack => {
    return { name, as: 'stranger', at: 'manager', way: volleys(64, () => blurted(protocol, new Uint8Array(32), fin)) }
  }),
  ...membersOnly.map((name): Attack => ({ name, as: 'member', at: 'manager', way: requests(name, worst[name]) })),
  ...['openings.reset', 'openings.garbage', 'pings'].map((name): Attack => ({ name, as: 'member', at: 'manager', way: ways[name]! })),
  ...['join.json', 'openings.reset', 'openings.garbage', 'connections.handshake'].map((name): Attack => {
    return { name, as: 'stranger', at: 'follower', way: ways[name]! }
  }),
  ...(['membership', 'resources', 'heartbeat'] as const).map((name): Attack => {
    return { name, as: 'member', at: 'follower', way: requests(name, worst[name]) }
  }),
  { name: 'discovery', as: 'stranger', at: 'discovery', way: { kind: 'posts', bytes: () => bytesOf(`{"name":${zeros(60 * kibi)}}`) } }
]
