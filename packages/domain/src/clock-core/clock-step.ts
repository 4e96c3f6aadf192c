/**
 * What a presence does about clocks, as one synchronous function beside the core: whose clock to measure when, when to measure afresh, when to start,
 * continue or give up the domain clock.
 *
 * The shell has the estimators, which are too large to be copied at each step. What depends on them is an effect with an answer.
 */
import type { Now } from '../core/events.ts'
import type { ClockDraft, ClockEffect, ClockEvent, ClockRules, ClockState } from './clock-state.ts'
import { begin, changeWatch, look, onAnswer, onClusterChanged } from './measuring.ts'

export function initialClockState({
  localPeerId,
  domainRestartAfterMs
}: Pick<ClockState, 'localPeerId' | 'domainRestartAfterMs'>): ClockState {
  const cluster = { clusterName: '', managerPeerId: undefined, followedPeerId: undefined, memberCount: 0, isBacked: false }
  return { localPeerId, domainRestartAfterMs, cluster, watches: new Map(), restartAt: undefined, lastNo: 0 }
}

export function clockStep(state: ClockState, event: ClockEvent, { monoMs }: Now): { state: ClockState; effects: readonly ClockEffect[] } {
  const draft: ClockDraft = { ...state, watches: new Map(state.watches), nowMs: monoMs, effects: [] }
  rules[event.type](draft, event as never)
  const { nowMs: _, effects, ...after } = draft
  return { state: after, effects }
}

/** When to be woken; monotonic ms, Infinity for never. */
export function nextClockDeadline({ watches, restartAt = Number.POSITIVE_INFINITY, cluster }: ClockState): number {
  return Math.min(cluster.isBacked ? Number.POSITIVE_INFINITY : restartAt, ...watches.values().map(({ lookAt }) => lookAt))
}

const rules: ClockRules = {
  'cluster-changed': onClusterChanged,
  'clock-wanted': (draft, { peer }) => changeWatch(draft, peer, 1),
  'clock-unwanted': (draft, { peer }) => changeWatch(draft, peer, -1),
  'clock-answered': onAnswer,
  'clock-jumped': (draft) => {
    draft.effects.push({ type: 'drop-samples' })
    for (const peer of draft.watches.keys()) begin(draft, peer)
  },
  'domain-clock': (draft, { action }) => {
    draft.restartAt = action === 'inherit' ? draft.nowMs + draft.domainRestartAfterMs : undefined
    draft.effects.push({ type: action })
  },
  'sample-taken': (draft) => {
    if (draft.restartAt !== undefined) draft.effects.push({ type: 'inherit' })
  },
  inherited: (draft) => {
    draft.restartAt = undefined
  },
  woken: (draft) => {
    const { restartAt, nowMs, effects, watches, cluster } = draft
    for (const [peer, watch] of watches) if (watch.lookAt <= nowMs) look(draft, peer, watch)
    // A timeline that no member can continue any more is given up.
    if (restartAt === undefined || restartAt > nowMs || cluster.isBacked) return
    draft.restartAt = undefined
    const text = `the time of cluster "${cluster.clusterName}" starts anew: no member knows the domain clock of its former Managers`
    effects.push({ type: 'warn', text, details: { clusterName: cluster.clusterName } }, { type: 'start' })
  }
}
