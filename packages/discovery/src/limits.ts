/** Every limit of the Discovery service, in one place. */
import { DiscoveryServiceError } from './errors.ts'

/** Rows a directory holds unless told otherwise; a create beyond is refused. */
export const rowsMaxDefault = 10_000
/** Life of a row after its last stamp, ms: three liveness checks of one second. */
export const sweepAfterMsDefault = 3_000
/** Longest life of a row that can be set: a day, so that one timer can always wait for it. */
export const sweepAfterMsMax = 86_400_000
/** Shortest life that a Manager can ask for, ms: three liveness checks of one second. */
export const rowLifeMsMin = 3_000
/** Longest life that a Manager can ask for, ms; a store that outlives its process may grant as much. */
export const rowLifeMsMax = 60_000
/**
 * Longest life that a store grants unless told otherwise, and the most that one in memory ever does, ms: when a directory forgets its rows, who still holds
 * one for so long and who creates it anew may both believe to be Manager.
 */
export const grantedLifeMsMax = 15_000
/** Event streams open at once unless told otherwise: a watch is a socket, and each peer keeps one. */
export const watchersMaxDefault = 10_000
/** A watcher this many events behind is disconnected: it will see a snapshot when it comes back. */
export const watcherBehindMax = 256
/** A comment line goes to every watcher this often, so that clients tell a quiet stream from a broken one (they wait 12 s). */
export const watchCommentMs = 5_000
/** Largest request body. */
export const bodyBytesMax = 64 * 1024
/** JSON values in a request body, keys not counted: twice those of the largest legal one. */
export const bodyValuesMax = 100
/** Addresses in `manager_multiaddrs`, and in `relay_multiaddrs`. */
export const multiaddrsMax = 16
/** UTF-16 code units of one address. */
export { multiaddrCharsMax } from '@auki/identity'
/** Characters of `instance`. */
export const instanceCharsMax = 64
/** Largest `peer_count`: a u32. */
export const peerCountMax = 0xffff_ffff
/** Characters of a cluster's name, and which. */
export const clusterNameRule = /^[A-Za-z0-9_-]{1,64}$/
/** The name that would be mistaken for the stream of all rows. */
export const clusterNameReserved = 'watch'
/** A request that has not arrived in full by then is given up, ms. */
export const requestArrivesMs = 10_000
/** How long an idle connection is kept for the next request, ms: well over the pause between two liveness checks. */
export const keepAliveMs = 65_000
/** How long closing waits for answers under way, ms. */
export const closeGraceMs = 1_000

/** While stopping: how often connections that have become idle are closed. */
export const closeIdleMs = 20

/** `value` if it is an integer in `[min, max]`. @throws DiscoveryServiceError `bad-option`. */
export function integerOption(name: string, value: number, min: number, max: number): number {
  if (Number.isSafeInteger(value) && value >= min && value <= max) return value
  throw new DiscoveryServiceError('bad-option', `${name} is ${value}; give an integer from ${min} to ${max}`, { option: name })
}
