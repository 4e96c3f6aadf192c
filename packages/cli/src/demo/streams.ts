/** The acts of the demo in which data flows: before the Manager's death, and through it. */

import { demoClocksMs, demoFlowMs } from '../settings.ts'
import { bytesPerSecondText, durationText, hertzText } from '../units.ts'
import { type Actor, viewOf } from './cast.ts'
import { type Flow, flowsSeen } from './sights.ts'
import type { Stage } from './stage.ts'

/** Waits until something comes of each of that many streams that console reads of the peer. */
export async function dataFlows(stage: Stage, console: Actor, other: Actor, streams: number): Promise<void> {
  const peerId = viewOf(other)?.peerId
  const flows = await stage.until(`console sees what ${other.name} sees`, demoFlowMs, () => {
    const seen = flowsSeen(console, peerId)
    return seen.length === streams && seen.every(({ entries }) => entries > 1) ? seen : undefined
  })
  stage.tell('data-flows', { name: other.name, peerId, streams: flows }, `console sees what ${other.name} sees:`, ...flows.map(flowText))
}

/** What had come when it was looked. */
export interface FlowMark {
  readonly eventsBefore: number
  readonly flows: readonly Flow[]
}

export function markFlows(console: Actor, other: Actor): FlowMark {
  return { eventsBefore: console.child.events.length, flows: flowsSeen(console, viewOf(other)?.peerId) }
}

/** Waits until every stream there was at the mark delivers again, with a known latency. A stream that ended meanwhile fails the demo. */
export async function dataStillFlows(stage: Stage, console: Actor, other: Actor, mark: FlowMark): Promise<void> {
  const peerId = viewOf(other)?.peerId
  const agreedAt = console.child.events.length
  const flows = await stage.until(`${other.name}'s data goes on`, demoClocksMs, () => {
    const seen = flowsSeen(console, peerId, agreedAt)
    return seen.length === mark.flows.length && seen.every(({ entries, latencyNs }) => entries > 0 && latencyNs !== undefined)
      ? seen
      : undefined
  })
  const since = flowsSeen(console, peerId, mark.eventsBefore)
  const streams = flows.map((flow) => {
    const { resourceId } = flow
    const entriesSince = flow.entries - (mark.flows.find((before) => before.resourceId === resourceId)?.entries ?? 0)
    return {
      ...flow,
      entriesSince,
      longestPauseMs: since.find((one) => one.resourceId === resourceId)?.longestPauseMs ?? flow.longestPauseMs
    }
  })
  const texts = streams.map((stream) => `${flowText(stream)}, longest pause ${durationText(stream.longestPauseMs)}`)
  stage.tell('data-went-on', { name: other.name, peerId, streams }, `${other.name}'s data never stopped:`, ...texts)
}

function flowText({ resourceId, entriesPerSecond, bytesPerSecond, latencyNs }: Flow): string {
  const latency = latencyNs === undefined ? '' : `, at most ${durationText(latencyNs / 1e6)} old`
  return `${resourceId.padEnd(8)}${hertzText(entriesPerSecond)}, ${bytesPerSecondText(bytesPerSecond)}${latency}`
}
