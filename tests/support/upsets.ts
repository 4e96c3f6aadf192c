/** Of what a presence was told, that which somebody else has done to it. */
import type { ClusterEvent } from '@auki/domain'

/**
 * A filter of one presence's events, in order. A process that was halted, as on a busy machine, asks to be taken in anew: it says so, is unsettled until it is,
 * and its Manager tells that it is back. Everything else counts.
 */
export function isUpset(): (event: ClusterEvent) => boolean {
  let halted = false
  return (event) => {
    if (event.type === 'suspended-for') halted = true
    else if (event.type === 'member-rejoined') return event.newSession
    else if (event.type === 'role-changed' && event.role === 'follower' && halted) halted = false
    else if (event.type === 'rejoined' || (event.type === 'role-changed' && event.role === 'unsettled')) return !halted
    else return true
    return false
  }
}
