/**
 * Whose clock to measure when.
 *
 * Heartbeats bring samples too, but the first comes a second after joining, they go only between the Manager and each member, and their round trips are
 * long: code that runs twice a second finds cold caches. So a peer whose clock is watched, as the Manager's always is, is measured by bursts of requests
 * (`/auki/clock/0.0.1`), of which the fastest round trips count. A peer that does not support that protocol is asked for its participant info
 * (`/auki/info/0.0.1`), which has a reading of its clock.
 */
import type { PeerId } from '../core/events.ts'
import { eagerLooks, firstInfos, firstRounds, lookAgainMs, membersAtOnce, readAgainMs, rounds } from './clock-settings.ts'
import type { ClockDraft, ClockRequest, ClockRules, ClockState, Watch } from './clock-state.ts'

/** Watches the clock of the Manager we follow in place of the former one's. */
export const onClusterChanged: ClockRules['cluster-changed'] = (draft, { cluster }) => {
  const before = draft.cluster.followedPeerId
  draft.cluster = cluster
  if (cluster.followedPeerId === before) return
  if (before !== undefined) changeWatch(draft, before, -1)
  if (cluster.followedPeerId !== undefined) changeWatch(draft, cluster.followedPeerId, 1)
}

const newWatch: Watch = { wantedBy: 0, looks: 0, readAt: undefined, lookAt: 0, speaksClock: true, asking: undefined }

/** One more, or one less, wants a peer's clock measured: at once, then at intervals. Whoever wants it shares the measurements. */
export function changeWatch(draft: ClockDraft, peer: PeerId, by: 1 | -1): void {
  const { wantedBy, ...watch } = draft.watches.get(peer) ?? newWatch
  draft.watches.set(peer, { ...watch, wantedBy: wantedBy + by })
  if (wantedBy === 0) begin(draft, peer)
  if (wantedBy + by === 0) draft.watches.delete(peer)
}

/** A request has its answer: the next one is made, or none where it failed. Answers to requests that nobody waits for any more change nothing. */
export const onAnswer: ClockRules['clock-answered'] = (draft, { peer, no, outcome }) => {
  const watch = draft.watches.get(peer)
  if (watch?.asking?.no !== no) return
  const speaksClock = watch.speaksClock && outcome !== 'unsupported'
  const readAt = outcome === 'read' ? draft.nowMs : watch.readAt
  ask(draft, peer, { ...watch, speaksClock, readAt }, outcome === 'failed' ? [] : watch.asking.rest)
}

/** Measures a watched clock as if it was new. */
export function begin(draft: ClockDraft, peer: PeerId): void {
  const watch = { ...draft.watches.get(peer)!, looks: 0, readAt: undefined, lookAt: draft.nowMs + lookAgainMs }
  const infos = isManager(draft) ? [] : Array<ClockRequest>(firstInfos).fill('info')
  measure(draft, peer, watch, areFew(draft) ? [firstRounds, rounds, ...infos] : [firstRounds, ...infos])
}

/** It is time to look at a watched clock: measures it where it is its turn. */
export function look(draft: ClockDraft, peer: PeerId, { looks, ...watch }: Watch): void {
  const looked = { ...watch, looks: looks + 1, lookAt: draft.nowMs + lookAgainMs }
  // Whose heartbeats bring samples of its clock is not asked for single ones: they go only between the Manager and each member.
  const infos: ClockRequest[] = isManager(draft) || draft.cluster.managerPeerId === peer ? [] : ['info']
  const bursts = burstsAt(draft, looked)
  measure(draft, peer, looked, watch.speaksClock && bursts.length === 0 ? [] : [...bursts, ...infos])
}

/** Begins a measurement, unless one is under way. */
function measure(draft: ClockDraft, peer: PeerId, watch: Watch, requests: readonly ClockRequest[]): void {
  if (watch.asking === undefined) ask(draft, peer, watch, requests)
  else draft.watches.set(peer, watch)
}

/** Makes the first of these requests that the peer supports; those after it follow its answer. */
function ask(draft: ClockDraft, peer: PeerId, watch: Watch, requests: readonly ClockRequest[]): void {
  const at = requests.findIndex((request) => (request === 'info') !== watch.speaksClock)
  draft.watches.set(peer, { ...watch, asking: at < 0 ? undefined : { no: ++draft.lastNo, rest: requests.slice(at + 1) } })
  if (at >= 0) draft.effects.push({ type: 'ask', peer, no: draft.lastNo, request: requests[at]! })
}

const isManager = ({ localPeerId, cluster }: ClockState): boolean => cluster.managerPeerId === localPeerId

/** As many as the eager looks would have had in turns. */
const areFew = ({ cluster }: ClockState): boolean => cluster.memberCount <= eagerLooks * membersAtOnce

/** What a look is worth: a burst while eager in a small cluster, and when it is our turn; a short one where the clock would get too old. */
function burstsAt(state: ClockDraft, { looks, readAt }: Watch): ClockRequest[] {
  const turns = Math.max(1, Math.ceil(state.cluster.memberCount / membersAtOnce))
  const isEager = looks <= eagerLooks
  if ((isEager && areFew(state)) || looks % turns === placeOf(state.localPeerId) % turns) return [rounds]
  return isEager || readAt === undefined || state.nowMs - readAt >= readAgainMs ? [firstRounds] : []
}

/** A peer's place in the rotation, from a hash of its id: members spread over the places without having to agree on them. */
const placeOf = (peer: PeerId): number => [...peer].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 65_521, 0)
