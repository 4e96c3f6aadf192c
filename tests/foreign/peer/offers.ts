/** What the foreign peer says of itself and has to offer, as text. */
import { xxhash128 } from 'hash-wasm'
import { type Tree, writeJson } from './wire.ts'

/** XXH3-128, 32 lower-case hex digits. */
export const hashOf = (text: string): Promise<string> => xxhash128(text)

export interface Offer {
  /** A clock's registry entry, canonical JSON, and its hash. */
  readonly clock: { readonly id: string; readonly text: string; readonly hash: string }
  readonly frame: { readonly id: string; readonly text: string; readonly hash: string }
  /** A pose log of integers that no double holds. */
  readonly row: Tree
}

export async function offerOf(peerId: string, sessionId: string): Promise<Offer> {
  const entry = async (id: string, text: string) => ({ id, text, hash: await hashOf(text) })
  const clockId = `${peerId}/${sessionId}/monotonic`
  const clock = await entry(
    clockId,
    `{"clock_id":"${clockId}","epoch":null,"monotonic":true,"peer_id":"${peerId}","scope":"device-local","session_id":"${sessionId}","type":"monotonic_clock","unit":"ns"}`
  )
  const frame = await entry(
    'base_link',
    `{"axes":{"x":"forward","y":"left","z":"up"},"frame_id":"base_link","handedness":"right","peer_id":"${peerId}","units":"meters"}`
  )
  const ref = ({ id, hash }: { id: string; hash: string }): Tree => ({ peer_id: peerId, id, hash })
  const manifest = { from_frame: ref(frame), to_frame: ref(frame), clock: ref(clock), source: { kind: 'manual' }, expected_rate_hz: 30n }
  const row = {
    source_peer_id: peerId,
    writer_peer_id: peerId,
    resource_id: 'base_link->base_link',
    variant: 'pose_log',
    state: 'live',
    head: { kind: 'fixed', started_at_ns: 9_007_199_254_740_993n },
    available: { bytes: 18_446_744_073_709_551_615n, entries: 3n, duration_ns: 9_223_372_036_854_775_807n },
    pose: { writer_mode: 'movable' },
    manifest,
    colour: 'red' // a key of some later version
  }
  return { clock, frame, row }
}

/** ParticipantInfo: every key, and one of some later version. */
export function infoText(peerId: string, offer: Offer, nowNs: bigint, managerPeerId: string | undefined): string {
  return writeJson({
    app: 'foreign',
    name: 'a robot of another make',
    session_id: 'session-1',
    session_clock_id: offer.clock.id,
    session_clock_hash: offer.clock.hash,
    session_now_ns: nowNs,
    cluster_joined_at_ns: null,
    peer_id: peerId,
    app_instance: '0242ac110002',
    is_manager: managerPeerId === peerId,
    manager_peer_id: managerPeerId ?? '',
    firmware: '7.1'
  })
}

/** The domain clock as its creator advertises it: its own session clock, at an offset. */
export async function domainClockOf(clusterName: string, peerId: string, offer: Offer, offsetNs: bigint): Promise<Tree> {
  const id = `${clusterName}/domain-clock`
  const hash = await hashOf(`{"cluster_name":"${clusterName}","domain_clock_id":"${id}","kind":"domain_clock","schema_version":1}`)
  return {
    cluster_name: clusterName,
    domain_clock_id: id,
    domain_clock_hash: hash,
    backing_peer_id: peerId,
    backing_clock_id: offer.clock.id,
    backing_clock_hash: offer.clock.hash,
    backing_to_domain_offset_ns: offsetNs
  }
}
