/** What the demo's console saw of a peer, from what its process printed. */
import type { Json } from '@auki/canonical'
import type { Actor } from './cast.ts'

type JsonObject = { readonly [key: string]: Json }

function sight({ child }: Actor, event: string, peerId: string | undefined): JsonObject | undefined {
  const failed = child.events.find((line) => line['event'] === 'look-failed' && line['peerId'] === peerId)
  if (failed !== undefined) throw new Error(String(failed['reason']))
  return child.events.find((line) => line['event'] === event && line['peerId'] === peerId)
}

/** The peer's catalog rows in wire spelling. @throws Error when it could not be asked. */
export function catalogSeen(console: Actor, peerId: string | undefined): JsonObject[] | undefined {
  return sight(console, 'catalog', peerId)?.['resources'] as JsonObject[] | undefined
}

/** The frame entry fetched from the peer. @throws Error when its bytes do not have the hash it was asked by. */
export function frameSeen(console: Actor, peerId: string | undefined): { id: string; hash: string; canonicalJson: string } | undefined {
  const seen = sight(console, 'frame-fetched', peerId)
  if (seen === undefined) return undefined
  const { id, hash, actual, canonicalJson } = seen as Record<string, string>
  if (hash === undefined || hash !== actual) throw new Error(`the frame "${id}" has the hash ${actual}, not ${hash}`)
  return { id: String(id), hash, canonicalJson: String(canonicalJson) }
}

/** A stream as console sees it. */
export interface Flow {
  readonly resourceId: string
  /** Since it was opened. */
  readonly entries: number
  readonly dropped: number
  readonly entriesPerSecond: number
  readonly bytesPerSecond: number
  /** The largest lately, ns. */
  readonly latencyNs: number | undefined
  /** Between one entry and the next, of all events looked at. */
  readonly longestPauseMs: number
}

/** The streams of the peer as they were last seen, from an event on. @throws Error when one of them has ended. */
export function flowsSeen({ child }: Actor, peerId: string | undefined, fromEvent = 0): Flow[] {
  const flows = new Map<string, Flow>()
  for (const line of child.events.slice(fromEvent)) {
    if (line['peerId'] !== peerId) continue
    if (line['event'] === 'flow-ended') throw new Error(`the stream of "${line['resourceId']}" has ended: ${line['reason']}`)
    if (line['event'] !== 'flow') continue
    const { event: _, peerId: __, atMs: ___, ...facts } = line
    const flow = facts as unknown as Flow
    const longestPauseMs = Math.max(flow.longestPauseMs, flows.get(flow.resourceId)?.longestPauseMs ?? 0)
    flows.set(flow.resourceId, { ...flow, latencyNs: flow.latencyNs, longestPauseMs })
  }
  return [...flows.values()]
}
